# SPDX-License-Identifier: GPL-3.0-or-later
"""Areas of triangles, and of the surface around vertices."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triangles = NDArray[np.integer]


def area_vectors(vertices: Array, triangles: Triangles) -> Array:
    """Normals (..., M, 3) of triangles (M, 3) between vertices (..., N, 3), as long as twice their areas."""
    corners = vertices[..., triangles, :]
    return np.cross(corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :])


def triangle_areas(vertices: Array, triangles: Triangles) -> Array:
    """Areas (..., M) of triangles in squared units of the vertices."""
    return 0.5 * np.linalg.norm(area_vectors(vertices, triangles), axis=-1)


def vertex_areas(vertices: Array, triangles: Triangles) -> Array:
    """(N,) a third of the area of the triangles (M, 3) around each vertex (N, 3)."""
    thirds = np.repeat(triangle_areas(vertices, triangles) / 3.0, 3)
    return np.bincount(triangles.ravel(), thirds, len(vertices)).astype(np.float64)
