# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns triangles back that an expression has turned inside out."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .gradients import deformation_gradients, triangle_areas

Array = NDArray[np.float64]

_ROUNDS = 20
_STEP = 0.7
_SLIVER = 1e-2  # of the mean area; thinner triangles have no side to speak of


def unfold(
    triangles: NDArray[np.int32],
    source: Array,
    delta: Array,
    start: Array,
    offset: Array,
    movable: NDArray[np.bool_],
) -> Array:
    """An expression's offset (N, 3) without flipped triangles where local moves can mend them, metres.

    A triangle is flipped when its normal points against the one that the source's own deformation
    gradient F gives it. Its corners are drawn towards where F alone would put them about the
    triangle's centroid, as in the local step of projective methods; the rest of the surface stays.
    The state with the fewest flips is kept.

    Parameters
    ----------
    triangles
        (T, 3) those that the expression moves.
    source, delta
        (N, 3) source face before the expression, and its motion.
    start, offset
        (N, 3) styled face before the expression, and its motion.
    movable
        (N,) vertices that may be moved.
    """
    areas = triangle_areas(start, triangles)
    triangles = triangles[areas > _SLIVER * areas.mean()]
    if not len(triangles):
        return offset
    gradients = deformation_gradients(source, source + delta, triangles)
    return _unfolded(triangles, gradients, start, offset, movable)


@njit(cache=True, nogil=True)
def _unfolded(
    triangles: NDArray[np.int32], gradients: Array, start: Array, offset: Array, movable: NDArray[np.bool_]
) -> Array:
    """`unfold` with the source's deformation gradients (T, 3, 3) of its triangles."""
    wanted, normals = np.empty((len(triangles), 3, 3)), np.empty((len(triangles), 3))
    corners, normal = np.empty((3, 3)), np.empty(3)
    for row in range(len(triangles)):
        _about_centroid(start, triangles[row], corners)
        wanted[row] = 0.0
        for corner in range(3):
            for i in range(3):
                for j in range(3):
                    wanted[row, corner, i] += gradients[row, i, j] * corners[corner, j]
        _normal(wanted[row], normals[row])
    best, fewest = offset, len(triangles) + 1
    result = offset.copy()
    flipped = np.empty(len(triangles), np.int64)
    for _ in range(_ROUNDS):
        posed, count = start + result, 0
        for row in range(len(triangles)):
            _about_centroid(posed, triangles[row], corners)
            _normal(corners, normal)
            if normal[0] * normals[row, 0] + normal[1] * normals[row, 1] + normal[2] * normals[row, 2] < 0:
                flipped[count] = row
                count += 1
        if count < fewest:
            best, fewest = result.copy(), count
        if count == 0:
            break
        pull, weight = np.zeros_like(result), np.zeros(len(result))
        for row in flipped[:count]:
            _about_centroid(posed, triangles[row], corners)
            for corner in range(3):
                vertex = triangles[row, corner]
                weight[vertex] += 1.0
                for axis in range(3):
                    pull[vertex, axis] += wanted[row, corner, axis] - corners[corner, axis]
        for vertex in np.flatnonzero((weight > 0) & movable):
            for axis in range(3):
                result[vertex, axis] += _STEP * pull[vertex, axis] / weight[vertex]
    return best


@njit(cache=True, nogil=True)
def _about_centroid(points: Array, triangle: NDArray[np.int32], corners: Array) -> None:
    """Fill ``corners`` (3, 3) with a triangle's corners about its centroid."""
    for axis in range(3):
        a, b, c = points[triangle[0], axis], points[triangle[1], axis], points[triangle[2], axis]
        middle = (a + b + c) / 3.0
        corners[0, axis], corners[1, axis], corners[2, axis] = a - middle, b - middle, c - middle


@njit(cache=True, nogil=True)
def _normal(corners: Array, normal: Array) -> None:
    """Fill ``normal`` (3,) with the normal of a triangle with corners (3, 3), twice its area long."""
    for axis in range(3):
        after, last = (axis + 1) % 3, (axis + 2) % 3
        normal[axis] = (corners[1, after] - corners[0, after]) * (corners[2, last] - corners[0, last]) - (
            corners[1, last] - corners[0, last]
        ) * (corners[2, after] - corners[0, after])
