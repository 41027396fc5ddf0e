# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns triangles back that an expression has turned inside out."""

import numpy as np
from numpy.typing import NDArray

from .gradients import deformation_gradients, triangle_areas

Array = NDArray[np.float64]

_ROUNDS = 60
_STEP = 3e-4  # m; farther no corner goes in a round
_GAIN = 1.2  # over-relaxation; neighbours share what they ask of a vertex
_MARGIN = 0.4  # of the wanted area; what is nearly turned over would be so in a mix of expressions
_BEYOND = 0.02
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

    With n the unit normal and w twice the area that the source's own deformation gradient gives a
    triangle, the triangle is flipped when its area as seen from there, a = n · (e₁ × e₂), is
    negative. Corners of triangles with a < 0.4 w go along the gradient of a, no farther than it
    takes: contact that has been made beside them stays. The state with the fewest flips is kept.

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
    normals = _normals(np.einsum("tij,tkj->tki", gradients, start[triangles]))
    sizes = np.maximum(np.linalg.norm(normals, axis=1), 1e-15)
    normals /= sizes[:, None]
    best, fewest = offset, len(triangles) + 1
    result = offset.copy()
    for _ in range(_ROUNDS):
        posed = start[triangles] + result[triangles]
        seen = np.einsum("tx,tx->t", _normals(posed), normals)
        if (flipped := int((seen < 0).sum())) < fewest:
            best, fewest = result.copy(), flipped
        narrow = np.flatnonzero(seen < _MARGIN * sizes)
        if not len(narrow):
            return result
        rows, missing = triangles[narrow], (_MARGIN + _BEYOND) * sizes[narrow] - seen[narrow]
        result += _moves(posed[narrow], normals[narrow], missing, rows, movable)
    return best


def _moves(corners: Array, normals: Array, missing: Array, rows: NDArray[np.int32], movable: NDArray[np.bool_]) -> Array:
    """(N, 3) least moves that add ``missing`` (T,) to twice the areas of triangles (T, 3, 3), a mean per vertex."""
    opposite = corners[:, [2, 0, 1]] - corners[:, [1, 2, 0]]
    gradient = np.cross(normals[:, None], opposite) * movable[rows][:, :, None]
    steps = (_GAIN * missing / np.maximum((gradient**2).sum(axis=(1, 2)), 1e-18))[:, None, None] * gradient
    steps *= np.minimum(1.0, _STEP / np.maximum(np.linalg.norm(steps, axis=2, keepdims=True), 1e-12))
    total, count = np.zeros((len(movable), 3)), np.zeros(len(movable))
    np.add.at(total, rows, steps)
    np.add.at(count, rows, 1.0)
    return total / np.maximum(count, 1.0)[:, None]


def _normals(corners: Array) -> Array:
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
