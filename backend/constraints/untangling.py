# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts skin that an expression has pushed through itself, through teeth or through eyeballs."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..head.template import TemplateSurface
from ..mesh.crossing_line import contour_gradient
from ..mesh.crossings import crossing_pairs
from .space import CorrectionSpace

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Pairs = NDArray[np.int64]

_STEP = 2e-4  # m; the largest motion of a vertex in one step
_STEPS, _IN_VAIN = 12, 4  # at most; and without getting better
_ROUNDS = 3
_FEW = 2  # pairs of triangles that nobody sees, and that cost as much time as many
_RINGS = 2  # of triangles around those that cross, in which a step looks for crossings
_LININGS = ("mouth_cavity", "eye_cavity")
_EYES, _OTHERS, _INNER, _NOTHING = 0, 1, 2, -1


class Untangling:
    """Finds where an expression makes triangles cross and moves skin until as few cross as should.

    What may cross: as many pairs of triangles as on the source face in the same expression, or as on
    the styled face at rest; each for itself of skin around the eyes, of other skin, and of what is inside
    (eyeballs, teeth, tongue) through outer skin. Beyond that, skin goes down the gradient of the lines
    in which triangles cross, see `contour_gradient`, smoothed as all corrections are.

    Parameters
    ----------
    surface
        The template surface.
    space
        The smooth corrections.
    around_eyes
        Vertices around the eyeballs.
    riding
        Vertices of pieces that ride on the skin, which cross it where they are rooted.
    """

    def __init__(self, surface: TemplateSurface, space: CorrectionSpace, around_eyes: Indices, riding: Indices) -> None:
        count = len(surface.vertices)
        left_out, near_eyes = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        left_out[riding], near_eyes[around_eyes] = True, True
        self.triangles = surface.triangles[~left_out[surface.triangles].any(axis=1)].astype(np.int64)
        near_eyes |= surface.vertex_part == "eye_cavity"
        self._skin = ~self.touching(~surface.is_skin)
        self._hidden = self.touching(np.isin(surface.vertex_part, _LININGS))
        self._of_eyes = self.touching(near_eyes)
        self._space = space
        corner = np.ones(self.triangles.size)
        rows = np.repeat(np.arange(len(self.triangles)), 3)
        has = sparse.csr_matrix((corner, (rows, self.triangles.ravel())), (len(self.triangles), count))
        self._next_to = (has @ has.T).astype(bool)

    def touching(self, vertices: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(M,) triangles with a corner among some vertices (N,)."""
        return np.asarray(vertices[self.triangles].any(axis=1))

    def crossing(self, points: Array, among: NDArray[np.bool_], watched: NDArray[np.bool_]) -> Pairs:
        """(P, 2) rows of triangles that cross and count, at least one of them ``watched``, both ``among``; (M,) bool."""
        rows = np.flatnonzero(among)
        pairs = rows[crossing_pairs(points, self.triangles[rows], watched[rows])]
        return pairs[self._kinds(pairs) != _NOTHING]

    def _kinds(self, pairs: Pairs) -> NDArray[np.int64]:
        """(P,) which count each pair belongs to; linings and what they hide cross on every face."""
        skin = self._skin[pairs]
        through_skin = (skin & ~self._hidden[pairs]).any(axis=1)
        both, of_eyes = skin.all(axis=1), self._of_eyes[pairs].any(axis=1)
        inner = through_skin & ~both
        return np.select([both & of_eyes, both, inner], [_EYES, _OTHERS, _INNER], _NOTHING)

    def count(self, pairs: Pairs) -> NDArray[np.int64]:
        """(3,) number of pairs of each kind."""
        return np.bincount(self._kinds(pairs), minlength=3)

    def around(self, pairs: Pairs) -> NDArray[np.bool_]:
        """(M,) triangles near those that cross."""
        near = np.zeros(len(self.triangles), dtype=bool)
        near[pairs] = True
        for _ in range(_RINGS):
            near = self._next_to @ near
        return near

    def step(self, points: Array, pairs: Pairs, freedom: Array) -> Array:
        """(A, 3) how the space's members move next, metres."""
        _, gradient = contour_gradient(points, self.triangles, pairs)
        motion = self._space.smoothed(gradient, freedom)
        largest = np.linalg.norm(motion, axis=1).max(initial=0.0)
        return -_STEP / largest * motion if largest > 0.0 else motion

    @property
    def members(self) -> Indices:
        """Vertices that may move."""
        return self._space.members


class FaceUntangling:
    """`Untangling` on one styled face (N, 3) at rest, metres."""

    def __init__(self, untangling: Untangling, neutral: Array) -> None:
        self._all = untangling
        self._every = np.ones(len(untangling.triangles), dtype=bool)
        self._rest = untangling.crossing(neutral, self._every, self._every)
        self._at_rest = untangling.count(self._rest)

    def untangled(
        self,
        posed: Array,
        moved: NDArray[np.bool_],
        source: Array,
        freedom: Array,
        settled: Callable[[Array], Array],
        flipped: Callable[[Array], int],
    ) -> Array:
        """The pose (N, 3) with its skin parted, as far as no triangle is flipped for that, metres.

        Parameters
        ----------
        posed
            (N, 3) styled face in the pose.
        moved
            (N,) which vertices are not where they are at rest.
        source
            (N, 3) source face in the pose.
        freedom
            (N,) how readily each vertex gives way.
        settled
            Brings contact of a pose (N, 3) in order again, which a parting has shifted.
        flipped
            Number of flipped triangles in a pose (N, 3).
        """
        every = self._all
        moving = every.touching(moved)
        pairs = self._crossing(posed, moving)
        if (every.count(pairs) <= self._at_rest).all():
            return posed
        allowed = np.maximum(self._at_rest, every.count(every.crossing(source, self._every, moving)))

        def excess(pairs: Pairs) -> int:
            return int(np.maximum(every.count(pairs) - allowed, 0).sum())

        best, fewest, flips = posed, excess(pairs), flipped(posed)
        for _ in range(_ROUNDS):
            if fewest <= _FEW:
                break
            posed = settled(self._parted(posed, pairs, freedom, excess))
            pairs = self._crossing(posed, moving)
            if excess(pairs) < fewest and flipped(posed) <= flips:
                best, fewest = posed, excess(pairs)
        return best

    def _crossing(self, posed: Array, moving: NDArray[np.bool_]) -> Pairs:
        """Pairs that cross in a pose; triangles (M,) that do not move cross as at rest."""
        still = ~moving[self._rest].any(axis=1)
        return np.concatenate([self._all.crossing(posed, self._every, moving), self._rest[still]])

    def _parted(self, posed: Array, pairs: Pairs, freedom: Array, excess: Callable[[Pairs], int]) -> Array:
        """The state with the fewest crossings too many on the way down the gradient."""
        every = self._all
        best, fewest, reached = posed, excess(pairs), 0
        posed = posed.copy()
        for step in range(1, _STEPS + 1):
            posed[every.members] += every.step(posed, pairs, freedom)
            near = every.around(pairs)
            pairs = every.crossing(posed, near, near)
            if excess(pairs) < fewest:
                best, fewest, reached = posed.copy(), excess(pairs), step
            if not fewest or step - reached == _IN_VAIN:
                break
        return best
