# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns triangles back that an expression has turned inside out."""

import numpy as np
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
    corners = start[triangles]
    gradients = deformation_gradients(source, source + delta, triangles)
    wanted = np.einsum("tij,tkj->tki", gradients, corners - corners.mean(axis=1, keepdims=True))
    normals = _normals(wanted)
    best, fewest = offset, len(triangles) + 1
    result = offset.copy()
    for _ in range(_ROUNDS):
        posed = corners + result[triangles]
        flipped = np.flatnonzero(np.einsum("tx,tx->t", _normals(posed), normals) < 0)
        if len(flipped) < fewest:
            best, fewest = result.copy(), len(flipped)
        if not len(flipped):
            break
        goals = posed[flipped].mean(axis=1, keepdims=True) + wanted[flipped]
        pull = np.zeros_like(result)
        weight = np.zeros(len(result))
        np.add.at(pull, triangles[flipped], goals - posed[flipped])
        np.add.at(weight, triangles[flipped], 1.0)
        moved = (weight > 0) & movable
        result[moved] += _STEP * pull[moved] / weight[moved, None]
    return best


def _normals(corners: Array) -> Array:
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
