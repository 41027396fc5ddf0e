# SPDX-License-Identifier: GPL-3.0-or-later
"""Deformation gradients of triangles, and the edges they act on."""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel

Array = NDArray[np.float64]
Triangles = NDArray[np.int32]

_TINY = 1e-18
_FLAT = 1e-12  # m²; a triangle of half this area has no gradient


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


def deformation_gradients(source: Array, target: Array, triangles: Triangles) -> Array:
    """Deformation gradient F of each triangle: the map that takes source edges to target edges.

    F = [e1' e2' n'] [e1 e2 n]⁻¹ with unit normals, so that thickness is neither gained nor lost
    (after Sumner & Popović, "Deformation transfer for triangle meshes", SIGGRAPH 2004, whose fourth
    vertex plays the same part). A source triangle without area has no gradient: its F is zero.

    Parameters
    ----------
    source, target
        (..., N, 3) positions in metres; leading shapes broadcast.

    Returns
    -------
    (..., M, 3, 3).
    """
    shape = np.broadcast_shapes(source.shape[:-2], target.shape[:-2])
    source, target = (
        np.ascontiguousarray(np.broadcast_to(face, (*shape, *face.shape[-2:])), dtype=np.float64)
        for face in (source, target)
    )
    triangles = np.ascontiguousarray(triangles, dtype=np.int32)
    if not shape:
        return _gradients(source, target, triangles)
    result = np.empty((*shape, len(triangles), 3, 3))
    for place in np.ndindex(shape):
        result[place] = _gradients(source[place], target[place], triangles)
    return result


@kernel
def _frame(vertices: Array, triangle: NDArray[np.int32], frame: Array) -> float:
    """Fill the rows of ``frame`` (3, 3) with two edges and the unit normal; the doubled area, m²."""
    for axis in range(3):
        frame[0, axis] = vertices[triangle[1], axis] - vertices[triangle[0], axis]
        frame[1, axis] = vertices[triangle[2], axis] - vertices[triangle[0], axis]
    squared = 0.0
    for axis in range(3):
        after, last = (axis + 1) % 3, (axis + 2) % 3
        frame[2, axis] = frame[0, after] * frame[1, last] - frame[0, last] * frame[1, after]
        squared += frame[2, axis] ** 2
    for axis in range(3):
        frame[2, axis] /= np.sqrt(squared + _TINY)
    return squared / np.sqrt(squared + _TINY)


@kernel
def _gradients(source: Array, target: Array, triangles: Triangles) -> Array:
    """(M, 3, 3) of one pair of faces."""
    result = np.zeros((len(triangles), 3, 3))
    own, styled, inverse = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    for row in range(len(triangles)):
        area = _frame(source, triangles[row], own)
        if area <= _FLAT:
            continue
        _frame(target, triangles[row], styled)
        for axis in range(3):
            after, last = (axis + 1) % 3, (axis + 2) % 3
            inverse[0, axis] = (own[1, after] * own[2, last] - own[1, last] * own[2, after]) / area
            inverse[1, axis] = (own[2, after] * own[0, last] - own[2, last] * own[0, after]) / area
            inverse[2, axis] = own[2, axis]
        for i in range(3):
            for j in range(3):
                for k in range(3):
                    result[row, i, j] += styled[k, i] * inverse[k, j]
    return result
