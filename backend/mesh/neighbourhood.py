# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vertices are near each other along a surface."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def ring_neighbours(triangles: NDArray[np.int32], count: int, rings: int) -> sparse.csr_matrix:
    """(count, count) pattern of the vertices within ``rings`` edges of each other."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    one = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    one = ((one + one.T + sparse.identity(count)) > 0).astype(np.float32)
    reach = one
    for _ in range(rings - 1):
        reach = ((reach @ one) > 0).astype(np.float32)
    return sparse.csr_matrix(reach)
