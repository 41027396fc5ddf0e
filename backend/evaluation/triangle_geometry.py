# SPDX-License-Identifier: GPL-3.0-or-later
"""Per-triangle quantities that the baselines and several metrics share.

Written anew, as is all geometry of the measuring: `backend.mesh` holds the same quantities for the
code that makes rigs, and a fault there must not hide itself here.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

_TINY = 1e-24


def triangle_edges(vertices: ArrayLike, triangles: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(…, M, 3) from the first corner to the second, and to the third."""
    corners = np.asarray(vertices, np.float64)[..., np.asarray(triangles), :]
    return corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]


def triangle_bases(vertices: ArrayLike, triangles: ArrayLike) -> NDArray[np.float64]:
    """(…, M, 3, 3): columns are two edges and a normal of length sqrt(2 · area).

    The third column is the "fourth vertex" of Sumner & Popović 2004, eq. 1; it makes the basis
    invertible and scales like a length.
    """
    first, second = triangle_edges(vertices, triangles)
    cross = np.cross(first, second)
    length = np.sqrt(np.maximum((cross**2).sum(-1, keepdims=True), _TINY**2))
    return np.stack([first, second, cross / np.sqrt(length)], -1)


def deformation_gradients(rest: ArrayLike, deformed: ArrayLike, triangles: ArrayLike) -> NDArray[np.float64]:
    """(…, M, 3, 3) linear maps that take each rest triangle to the deformed one.

    ``rest`` (N, 3), ``deformed`` (…, N, 3). Degenerate rest triangles are inverted in the
    least-squares sense (pseudo-inverse with a cut at 1e-6 of the largest singular value).
    """
    inverse = np.linalg.pinv(triangle_bases(rest, triangles), rcond=1e-6)
    return triangle_bases(deformed, triangles) @ inverse


def triangle_areas(vertices: ArrayLike, triangles: ArrayLike) -> NDArray[np.float64]:
    """(…, M) areas in square metres."""
    return 0.5 * np.linalg.norm(np.cross(*triangle_edges(vertices, triangles)), axis=-1)


def triangle_normals(vertices: ArrayLike, triangles: ArrayLike) -> NDArray[np.float64]:
    """(…, M, 3) unit normals; zero for degenerate triangles."""
    cross = np.cross(*triangle_edges(vertices, triangles))
    return cross / np.maximum(np.linalg.norm(cross, axis=-1, keepdims=True), _TINY)


def vertex_areas(vertices: ArrayLike, triangles: ArrayLike) -> NDArray[np.float64]:
    """(N,) one third of the area of the triangles around each vertex, square metres."""
    triangles = np.asarray(triangles)
    areas = triangle_areas(vertices, triangles)
    count = len(np.asarray(vertices))
    shares = np.bincount(triangles.ravel(), np.repeat(areas / 3, 3), minlength=count)
    return shares.astype(np.float64)


def connected_parts(count: int, triangles: ArrayLike) -> NDArray[np.int32]:
    """(N,) label of the connected piece of surface that each vertex belongs to."""
    triangles = np.asarray(triangles)
    edges = np.stack([triangles.ravel(), np.roll(triangles, 1, axis=1).ravel()])
    graph = coo_matrix((np.ones(edges.shape[1]), (edges[0], edges[1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int32)
