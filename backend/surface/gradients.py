# SPDX-License-Identifier: GPL-3.0-or-later
"""Deformation gradients of triangles, and the edges they act on."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triangles = NDArray[np.int32]

_TINY = 1e-18


def triangle_frames(vertices: Array, triangles: Triangles) -> Array:
    """Two edges and the unit normal of each triangle as the columns of a matrix.

    Parameters
    ----------
    vertices
        (..., N, 3) positions in metres.
    triangles
        (M, 3) vertex indices.

    Returns
    -------
    (..., M, 3, 3); column 0 is v1 − v0, column 1 is v2 − v0, column 2 the unit normal.
    """
    origin = vertices[..., triangles[:, 0], :]
    first = vertices[..., triangles[:, 1], :] - origin
    second = vertices[..., triangles[:, 2], :] - origin
    normal = np.cross(first, second)
    normal = normal / np.sqrt(np.sum(normal**2, axis=-1, keepdims=True) + _TINY)
    return np.stack([first, second, normal], axis=-1)


def inverse_frames(frames: Array, floor: float = 1e-12) -> Array:
    """Inverses of triangle frames, finite for degenerate triangles.

    A triangle whose doubled area is below ``floor`` (m²) has no gradient: its inverse is zero.

    Parameters
    ----------
    frames
        (..., 3, 3) as `triangle_frames` gives them.
    """
    first, second, normal = frames[..., 0], frames[..., 1], frames[..., 2]
    area = np.sum(np.cross(first, second) * normal, axis=-1, keepdims=True)
    safe = np.where(area > floor, area, 1.0)
    rows = np.stack([np.cross(second, normal) / safe, np.cross(normal, first) / safe, normal], axis=-2)
    return np.where((area > floor)[..., None], rows, 0.0)


def deformation_gradients(source: Array, target: Array, triangles: Triangles) -> Array:
    """Deformation gradient F of each triangle: the map that takes source edges to target edges.

    F = [e1' e2' n'] [e1 e2 n]⁻¹ with unit normals, so that thickness is neither gained nor lost
    (after Sumner & Popović, "Deformation transfer for triangle meshes", SIGGRAPH 2004, whose fourth
    vertex plays the same part).

    Parameters
    ----------
    source, target
        (..., N, 3) positions in metres; leading shapes broadcast.

    Returns
    -------
    (..., M, 3, 3).
    """
    return triangle_frames(target, triangles) @ inverse_frames(triangle_frames(source, triangles))


def vertex_average(values: Array, triangles: Triangles, weights: Array, count: int) -> Array:
    """Weighted mean of per-triangle values over the triangles around each vertex.

    Parameters
    ----------
    values
        (M, ...) one value per triangle.
    weights
        (M,) positive weights, usually areas.
    count
        Number of vertices N. A vertex without triangles gets zeros.
    """
    total = np.zeros((count, *values.shape[1:]))
    norm = np.zeros(count)
    weighted = values * weights.reshape(-1, *([1] * (values.ndim - 1)))
    for corner in range(3):
        np.add.at(total, triangles[:, corner], weighted)
        np.add.at(norm, triangles[:, corner], weights)
    return total / np.maximum(norm, _TINY).reshape(-1, *([1] * (values.ndim - 1)))


def triangle_areas(vertices: Array, triangles: Triangles) -> Array:
    """Areas (..., M) of triangles in m²."""
    corners = vertices[..., triangles, :]
    cross = np.cross(corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :])
    return 0.5 * np.linalg.norm(cross, axis=-1)
