# SPDX-License-Identifier: GPL-3.0-or-later
"""One round of closest points: far-reaching ones that find the face, and ones at the end that settle its code."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..mesh.similarity import Similarity
from .closest_points import ScanSurface
from .code_system import Points, solved_step
from .landmarks import Landmarks
from .model_skin import ModelSkin

Array = NDArray[np.float64]

INDEPENDENT = 400.0
"""Independent measurements that a whole mesh is worth."""
_CORRELATION = 1.5
_SEEN = 0.05  # least share of the face that has to find a place on the mesh
_DEVIATION, _REACH, _FARTHEST = 1.3e-3, 3e-3, 8e-3
"""At the end, m: the deviation that every mesh's measurements get alike, beyond which distance they count
for little, and for nothing."""


@dataclass(frozen=True, eq=False)
class FitState:
    """How far a fit has come: the code (K,), the placement, and the last pairs with their weights (P,)."""

    code: Array
    place: Similarity
    pairs: tuple[Points, Array] | None = None

    def distance_mm(self) -> float:
        """Mean distance across the surface of the last pairs, the landmarks left out; 0 without pairs."""
        if self.pairs is None:
            return 0.0
        known, weights = self.pairs
        face = known.rest + known.modes @ self.code
        missing = (self.place(known.points) - face)[: len(weights)]
        across = missing if known.normals is None else (missing * known.normals[: len(weights)]).sum(1, keepdims=True)
        return float(1000 * weights @ np.linalg.norm(across, axis=1) / weights.sum())


class FitRounds:
    """Rounds of closest points between a model's skin and one mesh.

    Parameters
    ----------
    skin
        The model's skin.
    surface
        The mesh, laid over the model.
    identities
        How many of the coefficients are identity.
    behind
        Weight of the skull, the ears and the neck beside that of the face.
    landmarks
        Places of model vertices in the frame of ``surface`` that are known.
    """

    def __init__(
        self, skin: ModelSkin, surface: ScanSurface, identities: int, behind: float, landmarks: Landmarks | None
    ) -> None:
        self._skin, self._surface, self._identities = skin, surface, identities
        self._base, self._landmarks = skin.weights(behind), landmarks

    def approached(self, state: FitState, finest: float, reach: float) -> FitState | None:
        """A step that trusts the measurements as far as the model could explain them so far.

        Parameters
        ----------
        state
            Where the fit stands.
        finest
            Least standard deviation of the measurements, metres.
        reach
            Distance of a pair from which on it counts for less, metres; from twice that, for nothing.

        Returns
        -------
        The next state; None when too little of the face finds a place.
        """
        seen = self._skin.look(self._surface, state.code, state.place)
        away = seen.places.distance
        good = self._base * seen.places.trust * (away < 2 * reach)
        trust = good * np.exp(-((away / reach) ** 2))
        if trust.sum() < _SEEN * self._base.sum():
            return None
        trust /= trust.sum()
        # What the model cannot explain is correlated noise: the prior has to outweigh it.
        deviation = max(finest, _CORRELATION * float(np.sqrt(trust @ away**2)))
        pairs = self._skin.pairs(seen, trust, seen.places.normals @ state.place.rotation, self._landmarks)
        code, place = solved_step(pairs, state.place, deviation, INDEPENDENT, self._identities)
        return FitState(code, place, (pairs, good))

    def settled(self, state: FitState) -> FitState | None:
        """The identity anew, with every mesh of a face measured alike: what differs between them is not the face.

        The deviation is the same for all, distances count along the model's normals and not the mesh's,
        the face that is not seen makes the prior count for more, and what a coarse mesh lacks
        is solved for instead of being taken for the face. The sliders, which close pairs tell best, stay
        as they are. None when too little of the face finds a place.
        """
        seen = self._skin.look(self._surface, state.code, state.place)
        found = seen.places
        good = self._base * found.trust * found.inside * found.facing**2 * (found.distance < _FARTHEST)
        trust = good / (1 + (found.distance / _REACH) ** 2) ** 2 / self._base.sum()
        if trust.sum() < _SEEN:
            return None
        lacking = self._skin.lacking(seen)[None]
        pairs = self._skin.pairs(seen, trust, seen.normals, self._landmarks, lacking)
        first, sliders = self._identities, state.code[self._identities :]
        rest = pairs.rest + pairs.modes[:, :, first:] @ sliders
        neutral = replace(pairs, modes=pairs.modes[:, :, :first], rest=rest)
        identity, place = solved_step(neutral, state.place, _DEVIATION, INDEPENDENT, first)
        return FitState(np.concatenate([identity, sliders]), place, (pairs, good))
