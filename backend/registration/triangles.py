# SPDX-License-Identifier: GPL-3.0-or-later
"""Polygons of a file as triangles, and normals."""

import numpy as np
from numpy.typing import NDArray


def mesh_triangles(polygons: NDArray[np.int32]) -> NDArray[np.int32]:
    """(M, 3) triangles of (Q, 4) polygons whose fourth index is -1 for triangles."""
    quads = polygons[polygons[:, 3] >= 0]
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]], polygons[polygons[:, 3] < 0, :3]])


def vertex_normals(vertices: NDArray[np.float64], triangles: NDArray[np.integer]) -> NDArray[np.float64]:
    """(N, 3) area-weighted unit normals."""
    import igl

    return np.asarray(igl.per_vertex_normals(vertices, triangles.astype(np.int64)))
