# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth normals of a triangle mesh."""

import numpy as np
from numpy.typing import NDArray

from .areas import area_vectors

Array = NDArray[np.float64]


def vertex_normals(vertices: Array, triangles: NDArray[np.integer]) -> Array:
    """Unit normals (N, 3) of vertices (N, 3), each triangle (M, 3) weighted by its area.

    Zero where a vertex has no triangle, or those around it cancel.
    """
    vectors, corners = np.repeat(area_vectors(vertices, triangles), 3, axis=0), triangles.ravel()
    sums = np.stack([np.bincount(corners, vectors[:, axis], len(vertices)) for axis in range(3)], axis=1)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.divide(sums, length, out=np.zeros_like(sums), where=length > 0)
