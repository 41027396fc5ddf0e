# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutral faces in the style of one sculpt."""

import numpy as np
from numpy.typing import NDArray

from ..constraints.sculpted_skin import CoveredCavity, LidsOffEyeballs, TouchingSkin
from ..head.geometry import HeadGeometry
from ..transfer.neutral_transfer import NeutralTransfer

Array = NDArray[np.float64]


class StyledNeutral:
    """Carries the change from a reference to its sculpt to other neutral faces; make it once a sculpt.

    Skin that touches in the sculpt keeps touching, the mouth's cavity stays inside, eyeballs stay behind
    their lids. At the reference itself the sculpt comes back exactly.

    Parameters
    ----------
    head
        Geometry of the morphable model.
    reference, sculpt
        (N, 3) the artist's neutral and sculpted faces, metres.
    """

    def __init__(self, head: HeadGeometry, reference: Array, sculpt: Array) -> None:
        self._head, self._sculpt = head, sculpt
        touching = TouchingSkin(head, reference, sculpt)
        cavity = [] if head.mouth is None else [CoveredCavity(head, head.mouth, sculpt)]
        self._transfer = NeutralTransfer(head, reference, sculpt, [touching, *cavity])
        self._lids = LidsOffEyeballs(head, reference, sculpt)

    def __call__(self, face: Array) -> Array:
        """Styled face (N, 3) of a neutral face (N, 3), metres."""
        parts = self._head.loose_parts
        styled = self._lids(face, self._transfer(face))
        styled[parts.riding] = parts.ridden(self._sculpt, styled)
        return styled
