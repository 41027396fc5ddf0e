# SPDX-License-Identifier: GPL-3.0-or-later
"""What lids and lips must do when several expressions act at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .contact_pairs import TOUCHING, ContactPairs, closing_pairs
from .correction import BLINKS, ContactCorrection, turn_of
from .eye_guard import EyeGuard
from .lids import covering_rows, meeting_rows
from .lips import LipPairs, find_lip_pairs, resting_lip_pairs
from .rows import ContactRows

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Combination:
    """Some expressions at 1 together.

    Attributes
    ----------
    members
        Rows of the expressions.
    freedom
        (N,) how readily each vertex gives way.
    guard
        Skin that passes over an eyeball; None where the combination closes no eye.
    blink
        Row of the blink among the members; None for a combination of the mouth.
    """

    members: list[int]
    freedom: Array
    guard: EyeGuard | None
    blink: int | None


class CombinationContact:
    """Corrections of expressions that act together, prepared on a model's template.

    Offsets of expressions add up, contact does not: two sliders that each lower a lid lower it
    twice, past the other lid. A combination is right when

    - lids meet exactly as in the blink alone,
    - no vertex of the lids is nearer to its eyeball than at rest or in any of the expressions
      alone,
    - no two places of the lips run over each other further than the source's at rest, the styled
      lips at rest or in the one of the expressions alone in which they do most; lips that the
      sculptor left open may well close.

    The source's own combinations say nothing about this, since its offsets add up in the same way.

    Parameters
    ----------
    correction
        The contact of single expressions.
    combinations
        Names of the expressions of each one.
    """

    def __init__(self, correction: ContactCorrection, combinations: Sequence[Sequence[str]]) -> None:
        self._contact = correction
        self.combinations = [self._prepared(names) for names in combinations]

    def _prepared(self, names: Sequence[str]) -> _Combination:
        every = self._contact
        members = [every.names.index(name) for name in names]
        freedom = every.freedom[members].max(axis=0)
        blinks = [every.names.index(name) for name in names if name in BLINKS]
        if not blinks:
            return _Combination(members, freedom, None, None)
        surface = every.surface
        moving = surface.skin[freedom[surface.skin] > 0]
        posed = surface.vertices + every.deltas[members].sum(axis=0)
        guard = EyeGuard.build(surface.vertices, posed, moving, every.eyes, surface.triangles)
        return _Combination(members, freedom, guard, blinks[0])

    def corrected(self, source: Array, target: Array, offsets: Array) -> list[Array]:
        """What must be added to each combination's summed offsets: (N, 3) of the skin, metres.

        Parameters
        ----------
        source, target
            (N, 3) source face and styled face at rest, metres.
        offsets
            (E, N, 3) expressions of the styled face, metres.
        """
        lids = {
            blink: self._lid_pairs(blink, source)
            for blink in {c.blink for c in self.combinations if c.blink is not None}
        }
        return [self._one(combination, source, target, offsets, lids) for combination in self.combinations]

    def _one(
        self,
        combination: _Combination,
        source: Array,
        target: Array,
        offsets: Array,
        lids: dict[int, list[tuple[int, ContactPairs]]],
    ) -> Array:
        every = self._contact
        posed = target + offsets[combination.members].sum(axis=0)
        alone = [target, *(target + offsets[member] for member in combination.members)]
        lips = self._lips(combination, source, target) if combination.blink is None else None
        parts = []
        if combination.blink is not None:
            blinking = target + offsets[combination.blink]
            parts += [
                _as_alone(pairs, target, blinking, posed, every.eyes[eye].vertices)
                for eye, pairs in lids[combination.blink]
            ]
        if combination.guard is not None:
            guard = combination.guard
            enough = np.min([guard.distances(pose) for pose in alone], axis=0)
            parts.append(covering_rows(guard, posed, enough))
        if lips is not None:
            pairs, touching = lips
            allowed = np.min([touching, *(pairs.gap(pose) for pose in alone)], axis=0)
            parts.append(pairs.rows(allowed - pairs.gap(posed)))
        correction = np.zeros_like(target)
        rows = ContactRows.joined(parts) if parts else None
        if rows is not None and (not rows.one_sided.all() or (rows.wanted > 1e-6).any()):
            correction[every.space.members] = every.space.correct(rows, combination.freedom)
        return correction

    def _lid_pairs(self, blink: int, source: Array) -> list[tuple[int, ContactPairs]]:
        """Lid pairs of each eyeball that a blink closes."""
        every = self._contact
        found = []
        moving = every.freedom[blink] > 0
        for eye, around in enumerate(every.around_eyes):
            pairs = closing_pairs(source, source + every.deltas[blink], around)
            pairs = pairs.where(pairs.nearest() & (moving[pairs.first] | moving[pairs.second]))
            if len(pairs):
                found.append((eye, pairs))
        return found

    def _lips(self, combination: _Combination, source: Array, target: Array) -> tuple[LipPairs, Array] | None:
        """Lip pairs of the styled face and the gap (K,) at which they touch on the source, metres."""
        every = self._contact
        if not len(every.lips):
            return None
        jaw = every.deltas[every.names.index("jawOpen")]
        posed = source + every.deltas[combination.members].sum(axis=0)
        resting = resting_lip_pairs(source, jaw, every.lips)
        meeting = find_lip_pairs(posed, source + jaw, source, jaw, every.lips, TOUCHING)
        # Summed offsets may run over each other on the source too; its rest is as it should be.
        groups = [(resting, resting.gap(source)), (meeting, np.maximum(meeting.gap(posed), 0.0))]
        first, second, opening = (
            np.concatenate([getattr(pairs, name) for pairs, _ in groups]) for name in ("first", "second", "opening")
        )
        touching = np.concatenate([gap for _, gap in groups])
        _, unique = np.unique(np.stack([first, second]), axis=1, return_index=True)
        turn = turn_of(source[every.lips], target[every.lips])
        return LipPairs(first[unique], second[unique], opening[unique] @ turn.T), touching[unique]


def _as_alone(pairs: ContactPairs, target: Array, blinking: Array, posed: Array, eye: NDArray[np.intp]) -> ContactRows:
    """Conditions that lids meet in a pose as they do in the styled face's own blink."""
    offsets = blinking[pairs.first] - blinking[pairs.second]
    own = ContactPairs(pairs.first, pairs.second, offsets)
    return meeting_rows(own, np.eye(3), target, target, posed, target[eye].mean(0))
