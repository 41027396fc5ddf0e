# SPDX-License-Identifier: GPL-3.0-or-later
"""What lips must do on another face: close no less and no more than on the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from .contact_pairs import TOUCHING
from .rows import ContactRows

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_RESTING = 0.004  # m
_APART = 0.004  # m; lips are apart by more when the jaw opens
_SOFTNESS = 0.03
_FAR = 0.016  # m; a roof and a floor of the mouth are no lips
_ROLLING = ("mouthRollLower", "mouthRollUpper")

SEALS: tuple[tuple[str, ...], ...] = (
    ("mouthClose",),
    ("mouthPressLeft", "mouthPressRight"),
    ("mouthRollLower", "mouthRollUpper"),
    ("mouthPucker",),
)
"""Sliders that together bring the lips into contact; mouthClose on top of its own base pose."""


@dataclass(frozen=True, eq=False)
class LipPairs:
    """K pairs of lip vertices that face each other.

    Attributes
    ----------
    first, second
        (K,) vertices of the upper and of the lower lip.
    opening
        (K, 3) unit vectors from the lower to the upper one when the jaw is open.
    """

    first: Indices
    second: Indices
    opening: Array

    def where(self, keep: NDArray[np.bool_]) -> "LipPairs":
        """The pairs that a (K,) mask keeps."""
        return LipPairs(self.first[keep], self.second[keep], self.opening[keep])

    def distance(self, positions: Array) -> Array:
        """(K,) distance of the two vertices, metres."""
        return np.linalg.norm(positions[self.first] - positions[self.second], axis=1)

    def gap(self, positions: Array) -> Array:
        """(K,) signed distance along the opening, metres; also of displacements (N, 3)."""
        return np.einsum("kx,kx->k", positions[self.first] - positions[self.second], self.opening)

    def rows(self, wanted: Array, closing: bool = False) -> ContactRows:
        """One-sided conditions: open by at least ``wanted`` (K,), or close by at least it."""
        sign = -1.0 if closing else 1.0
        return ContactRows.between(self.first, self.second, sign * self.opening, wanted, True, _SOFTNESS)


def find_lip_pairs(
    closed: Array, jaw_open: Array, neutral: Array, jaw: Array, candidates: Indices, touching: float
) -> LipPairs:
    """Vertices nearer than ``touching`` in a closed pose, apart when the jaw opens.

    Parameters
    ----------
    closed, jaw_open, neutral
        (N, 3) the source face in three poses, metres.
    jaw
        (N, 3) motion of jawOpen; the lower of two vertices moves further.
    candidates
        Vertices that may touch.
    """
    found = KDTree(closed[candidates]).query_pairs(touching, output_type="ndarray").reshape(-1, 2)
    first, second = candidates[found[:, 0]], candidates[found[:, 1]]
    moved = np.linalg.norm(jaw, axis=1)
    swap = moved[first] > moved[second]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    offset = jaw_open[first] - jaw_open[second]
    distance = np.linalg.norm(offset, axis=1)
    lips = (distance > _APART) & (np.linalg.norm(neutral[first] - neutral[second], axis=1) < _FAR)
    return LipPairs(first[lips], second[lips], offset[lips] / distance[lips, None])


def resting_lip_pairs(neutral: Array, jaw: Array, candidates: Indices) -> LipPairs:
    """Lip vertices that rest on each other and part when the jaw opens; parameters as in `find_lip_pairs`."""
    near = find_lip_pairs(neutral, neutral + jaw, neutral, jaw, candidates, _RESTING)
    return near.where(near.distance(neutral + jaw) > near.distance(neutral) + _APART)


class LipContact:
    """Which lips of one source face meet in which expressions, and what that asks of a styled face.

    Parameters
    ----------
    names
        E expression names.
    bases
        Expressions that are defined on top of others, as indices.
    neutral
        (N, 3) source face, metres.
    deltas
        (E, N, 3) its expressions, metres.
    turn
        (3, 3) rotation from the source's mouth to the styled one.
    candidates
        Vertices that may touch.
    touching
        Distance in metres.
    """

    def __init__(
        self,
        names: Sequence[str],
        bases: Mapping[int, Sequence[int]],
        neutral: Array,
        deltas: Array,
        turn: Array,
        candidates: Indices,
        touching: float = TOUCHING,
    ) -> None:
        self._neutral, self._deltas, self._bases = neutral, deltas, bases
        jaw = deltas[names.index("jawOpen")]
        self._seals: dict[int, tuple[LipPairs, LipPairs, int]] = {}
        self._rolling = {names.index(name) for name in _ROLLING if name in names}

        def with_styled(source: LipPairs) -> tuple[LipPairs, LipPairs]:
            return source, LipPairs(source.first, source.second, source.opening @ turn.T)

        for group in SEALS:
            members = [names.index(name) for name in group if name in names]
            if len(members) < len(group):
                continue
            pose = deltas[members].sum(0) + sum(map(self._base_delta, members))
            found = with_styled(find_lip_pairs(neutral + pose, neutral + jaw, neutral, jaw, candidates, touching))
            for member in members:
                self._seals[member] = (*found, len(members))
        self._resting = with_styled(resting_lip_pairs(neutral, jaw, candidates))

    def vertices(self) -> Indices:
        """All vertices that touch in some expression, sorted."""
        found = [self._resting[0], *(source for source, _, _ in self._seals.values())]
        return np.unique(np.concatenate([np.concatenate([p.first, p.second]) for p in found]))

    def rows(self, index: int, target: Array, base: Array, offset: Array) -> list[ContactRows]:
        """Conditions on the correction of one expression.

        Parameters
        ----------
        target
            (N, 3) styled face at rest, metres.
        base
            (N, 3) styled offset that the expression is defined on top of.
        offset
            (N, 3) the expression's offset so far.
        """
        conditions = []
        if index in self._seals:
            source, styled, share = self._seals[index]
            own = styled.gap(target) - source.gap(self._neutral)
            wanted = source.gap(self._deltas[index]) + source.gap(self._base_delta(index))
            missing = wanted - styled.gap(offset + base)
            conditions += [
                styled.rows(missing + np.minimum(-own, 0.0) / share),
                styled.rows(-missing - np.maximum(-own, 0.0) / share, closing=True),
            ]
        if index not in self._bases:
            conditions.append(self._resting_rows(index, target, offset))
        return conditions

    def _resting_rows(self, index: int, target: Array, offset: Array) -> ContactRows:
        """Lips that rest on each other come no closer than the source's do in this pose, or did at rest.

        Rolling lips are the exception: one passes where the other rests, so only the source's own motion limits it.
        """
        source, styled = self._resting
        closing = source.gap(self._deltas[index])
        if index not in self._rolling:
            if index in self._seals:  # what the seal brings together, the seal's own conditions hold
                sealed = self._seals[index][0]
                rest = ~(np.isin(source.first, sealed.first) & np.isin(source.second, sealed.second))
                source, styled, closing = source.where(rest), styled.where(rest), closing[rest]
            closing = np.maximum(closing, source.gap(self._neutral) + closing - styled.gap(target))
        return styled.rows(np.minimum(closing, 0.0) - styled.gap(offset))

    def _base_delta(self, index: int) -> Array:
        return self._deltas[list(self._bases.get(index, ()))].sum(axis=0)
