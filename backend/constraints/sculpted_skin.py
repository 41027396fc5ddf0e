# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sculpt says about neutral faces: skin that touches, the mouth's cavity inside, lids off eyeballs."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import HeadGeometry
from ..head.mouth_cavity import THICKNESS, CavityGuard
from ..mesh.gradients import deformation_gradients
from ..mesh.polar import nearest_rotations
from .contact_pairs import find_contacts
from .eye_guard import EyeGuard
from .lids import covering_rows
from .space import CorrectionSpace

Array = NDArray[np.float64]
Targets = Callable[[Array, int], Array]

_TOUCHING = 0.0015  # m
_CONTACT, _CAVITY = 20.0, 20.0  # weights
_LID_LENGTH = 0.003  # m; what a lid gives way by fades within a few of these
_LID_STEPS = 3
_MET = 1e-6  # m


class TouchingSkin:
    """Pairs of skin vertices that touch in the sculpt stay where they are to each other; a `SoftConstraint`."""

    def __init__(self, head: HeadGeometry, reference: Array, sculpt: Array) -> None:
        surface = head.surface
        self._surface, self._reference, self._sculpt = surface, reference, sculpt
        self._pairs = find_contacts(sculpt, surface.neighbours, surface.skin, _TOUCHING)
        self.rows = self._pairs.difference_rows(len(reference))[:, surface.skin]
        self.weights = self._pairs.weights(_CONTACT, len(reference))

    def on(self, face: Array) -> Targets:
        """Offsets (K, 3) of the pairs on a styled face, which the solves do not change."""
        first, second = self._pairs.first, self._pairs.second
        change = deformation_gradients(self._reference, face, self._surface.triangles)
        turn = nearest_rotations(self._surface.average_to_vertices(change)[first])
        sculpted, reference, own = (f[first] - f[second] for f in (self._sculpt, self._reference, face))
        offsets = own + np.einsum("kij,kj->ki", turn, sculpted - reference)
        return lambda *_: offsets


class CoveredCavity:
    """The mouth's cavity stays as far inside as it is in the sculpt; a `SoftConstraint`."""

    def __init__(self, head: HeadGeometry, mouth: CavityGuard, sculpt: Array) -> None:
        self._mouth = mouth
        self._depth = np.minimum(mouth.depth(sculpt), THICKNESS)
        self.rows = mouth.rows(head.surface.skin)
        self.weights = np.full(len(mouth), _CAVITY)

    def on(self, face: Array) -> Targets:
        """Positions (G, 3) of the cavity: as they are at first, then projected behind the skin."""
        return lambda result, step: self._mouth.project(result, self._depth) if step else result[self._mouth.vertices]


class LidsOffEyeballs:
    """Takes the lids of styled neutral faces out of the eyeballs, as far as they are out of the sculpt's."""

    def __init__(self, head: HeadGeometry, reference: Array, sculpt: Array) -> None:
        surface = head.surface
        eyes = tuple(head.eyes.balls.values())
        self._guard = EyeGuard.build(surface.vertices, sculpt, surface.skin, eyes, surface.triangles)
        if self._guard is not None:
            self._change = self._guard.distances(sculpt) / self._guard.distances(reference)
            self._space = CorrectionSpace(surface.vertices, surface.triangles, surface.skin, _LID_LENGTH)

    def __call__(self, face: Array, styled: Array) -> Array:
        """The styled face (N, 3) of a neutral ``face`` (N, 3) with its lids out of its eyeballs, metres.

        How far that is differs from the sculpt in the proportion in which this neutral face
        differs there from the reference.
        """
        if self._guard is None:
            return styled
        enough, result = self._guard.distances(face) * self._change, styled.copy()
        for _ in range(_LID_STEPS):
            rows = covering_rows(self._guard, result, enough)
            if not (rows.wanted > _MET).any():
                break
            result[self._space.members] += self._space.correct(rows, np.ones(len(result)))
        return result
