# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns triangles back that an expression has turned inside out."""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..mesh.areas import triangle_areas
from ..mesh.facing import dot, fill_area_gradient
from ..mesh.gradients import deformation_gradients

Array = NDArray[np.float64]

_ROUNDS = 60
_STEP = 0.1  # of the root of the mean area; farther no corner goes in a round
_GAIN = 1.2  # over-relaxation; neighbours share what they ask of a vertex
_MARGIN = 0.4  # of the wanted area; what is nearly turned over would be so in a mix of expressions
_BEYOND = 0.02
_SLIVER = 1e-2  # of the mean area; thinner triangles have no side to speak of


class Unfolding:
    """Keeps the triangles that an expression moves the right way round.

    With n the unit normal and w twice the area that the source's own deformation gradient gives a
    triangle, the triangle is flipped when its area as seen from there, a = n · (e₁ × e₂), is
    negative. Corners of triangles with a < 0.4 w go along the gradient of a, no farther than it
    takes: contact that has been made beside them stays. The state with the fewest flips is kept,
    and of several the one in which the fewest triangles are narrow.

    Parameters
    ----------
    triangles
        (T, 3) those that the expression moves.
    source, delta
        (N, 3) source face before the expression, and its motion, metres.
    start
        (N, 3) styled face before the expression, metres.
    movable
        (N,) vertices that may be moved.
    """

    def __init__(
        self, triangles: NDArray[np.int32], source: Array, delta: Array, start: Array, movable: NDArray[np.bool_]
    ) -> None:
        areas = triangle_areas(start, triangles)
        self._step = _STEP * np.sqrt(areas.mean()) if len(areas) else 0.0
        self._triangles = triangles[areas > _SLIVER * areas.mean()] if len(areas) else triangles
        self._start, self._movable = start, movable
        gradients = deformation_gradients(source, source + delta, self._triangles)
        normals = _normals(np.einsum("tij,tkj->tki", gradients, start[self._triangles]))
        self._sizes = np.maximum(np.linalg.norm(normals, axis=1), 1e-15)
        self._sides = normals / self._sizes[:, None]

    def __call__(self, offset: Array) -> Array:
        """The expression's offset (N, 3) without flipped triangles where local moves can mend them, metres."""
        if not len(self._triangles):
            return offset
        wanted = self._sides, self._sizes
        return _unfolded(self._triangles, *wanted, self._start, offset, self._movable, self._step)

    def flipped(self, offset: Array) -> int:
        """Number of triangles that an offset (N, 3) flips."""
        normals = _normals((self._start + offset)[self._triangles])
        return int((np.einsum("tx,tx->t", normals, self._sides) < 0.0).sum())


@kernel
def _unfolded(
    triangles: NDArray[np.int32],
    normals: Array,
    sizes: Array,
    start: Array,
    offset: Array,
    movable: NDArray[np.bool_],
    farthest: float,
) -> Array:
    """`Unfolding` with the unit normals (T, 3) and twice the areas (T,) that are wanted, ``farthest`` m a round."""
    best, fewest = offset, (len(triangles) + 1, 0)
    result = offset.copy()
    corners, gradient = np.empty((3, 3)), np.empty((3, 3))
    for _ in range(_ROUNDS):
        moves, asked = np.zeros_like(result), np.zeros(len(result))
        posed, flipped, narrow = start + result, 0, 0
        for row in range(len(triangles)):
            for corner in range(3):
                corners[corner] = posed[triangles[row, corner]]
            fill_area_gradient(corners, normals[row], gradient)
            seen = dot(gradient[1], corners[1] - corners[0])
            missing = (_MARGIN + _BEYOND) * sizes[row] - seen
            if seen < 0:
                flipped += 1
            if seen < _MARGIN * sizes[row]:
                narrow += 1
                _add_moves(triangles[row], missing, gradient, movable, farthest, moves, asked)
        if (flipped, narrow) < fewest:
            best, fewest = result.copy(), (flipped, narrow)
        if narrow == 0:
            return result
        for vertex in np.flatnonzero(asked):
            result[vertex] += moves[vertex] / asked[vertex]
    return best


@kernel
def _add_moves(
    triangle: NDArray[np.int32],
    missing: float,
    gradient: Array,
    movable: NDArray[np.bool_],
    farthest: float,
    moves: Array,
    asked: Array,
) -> None:
    """Add the least moves of a triangle's corners that make twice its area larger by ``missing``."""
    total = 1e-18
    for corner in range(3):
        if movable[triangle[corner]]:
            total += (gradient[corner] ** 2).sum()
    for corner in range(3):
        vertex = triangle[corner]
        asked[vertex] += 1.0
        if movable[vertex]:
            step = _GAIN * missing / total * np.sqrt((gradient[corner] ** 2).sum())
            moves[vertex] += min(1.0, farthest / max(step, 1e-12)) * _GAIN * missing / total * gradient[corner]


def _normals(corners: Array) -> Array:
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
