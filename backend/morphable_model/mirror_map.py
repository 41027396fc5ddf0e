# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vertex is the mirror image of which, on a mesh that is symmetric about x = 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

from ..mesh.topology import vertex_adjacency

_ROUNDS = (0, 1, 2, 4, 6)
_TOLERANCE = 1e-3  # m that a mirror image may be from its place


def find_mirror(template: NDArray[np.float64], polygons: NDArray[np.int32]) -> NDArray[np.int32] | None:
    """The vertex (N,) across x = 0 of each vertex; None when the mesh is not symmetric.

    A vertex is known by where it and the means of its neighbourhoods lie, so that vertices of
    two sheets that touch are kept apart. ``template`` is (N, 3) in metres, ``polygons`` (Q, 4).
    """
    adjacency = vertex_adjacency(polygons, len(template))
    degree = np.maximum(np.asarray(adjacency.sum(1)).ravel(), 1)
    means = [template]
    for _ in range(max(_ROUNDS)):
        means.append(sparse.diags(1 / degree) @ (adjacency @ means[-1]))
    place = np.concatenate([means[count] for count in _ROUNDS], axis=1)
    found: Any = KDTree(place).query(place * np.tile([-1.0, 1, 1], len(_ROUNDS)))
    mirror = found[1].astype(np.int32)
    distance = np.linalg.norm(template[mirror] * [-1, 1, 1] - template, axis=1)
    if distance.max() > _TOLERANCE or (mirror[mirror] != np.arange(len(mirror))).any():
        return None
    return mirror
