# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way triangles face, and how that changes with their corners; for use inside compiled loops."""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_AT_ONCE = 6


@kernel
def pressed(triangles: Indices, rest: Array, keys: Array) -> Array:
    """(T,) share of a triangle's area that the six keys which press it most take away at first order.

    Parameters
    ----------
    triangles
        (T, 3) rows of the vertices.
    rest
        (V, 3) vertices at rest, metres.
    keys
        (V, K, 3) offsets, metres.
    """
    result = np.zeros(len(triangles))
    normal, gradient, most = np.empty(3), np.empty((3, 3)), np.empty(_AT_ONCE)
    corners = np.empty((3, 3))
    for row in range(len(triangles)):
        triangle = triangles[row]
        for corner in range(3):
            corners[corner] = rest[triangle[corner]]
        size = fill_normal(corners, normal)
        normal /= max(size, 1e-18)
        fill_area_gradient(corners, normal, gradient)
        most[:] = 0.0
        for key in range(keys.shape[1]):
            change = 0.0
            for corner in range(3):
                for axis in range(3):
                    change -= gradient[corner, axis] * keys[triangle[corner], key, axis]
            least = np.argmin(most)
            most[least] = max(most[least], change / max(size, 1e-18))
        result[row] = most.sum()
    return result


@kernel
def source_normal(
    triangle: Indices, local: Array, source: Array, own: Array, acting: Indices, value: Array, result: Array
) -> float:
    """Fill row 0 of ``result`` (3, 3): the normal that the source's deformation gradient gives; its length."""
    posed, normal = np.zeros((3, 3)), np.empty(3)
    for corner in range(3):
        posed[corner] = source[triangle[corner]]
        for key in acting:
            if key < own.shape[1] and value[key] != 0.0:
                for axis in range(3):
                    posed[corner, axis] += value[key] * own[triangle[corner], key, axis]
    normal /= max(fill_normal(posed, normal), 1e-18)
    result[0] = 0.0
    for edge in range(2):
        for axis in range(3):
            result[edge + 1, axis] = (
                local[0, edge] * (posed[1, axis] - posed[0, axis])
                + local[1, edge] * (posed[2, axis] - posed[0, axis])
                + local[2, edge] * normal[axis]
            )
    length = fill_normal(result, normal)
    result[0] = normal
    return length


@kernel
def dot(first: Array, second: Array) -> float:
    """Inner product of two vectors (3,)."""
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]


@kernel
def fill_normal(corners: Array, normal: Array) -> float:
    """Fill ``normal`` (3,) with the normal of twice the area's length, and give that length."""
    for axis in range(3):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        normal[axis] = (corners[1, i] - corners[0, i]) * (corners[2, j] - corners[0, j]) - (
            corners[1, j] - corners[0, j]
        ) * (corners[2, i] - corners[0, i])
    return np.sqrt(dot(normal, normal))


@kernel
def fill_area_gradient(corners: Array, normal: Array, gradient: Array) -> None:
    """Fill ``gradient`` (3, 3), a row a corner, of twice the area as seen against a unit normal."""
    for corner in range(3):
        before, after = (corner + 2) % 3, (corner + 1) % 3
        for axis in range(3):
            i, j = (axis + 1) % 3, (axis + 2) % 3
            gradient[corner, axis] = normal[i] * (corners[before, j] - corners[after, j]) - normal[j] * (
                corners[before, i] - corners[after, i]
            )
