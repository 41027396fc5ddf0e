# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrective shapes of one styled face: what combinations of expressions need beyond their sum."""

import numpy as np
from numpy.typing import NDArray

from .combinations import CombinationContact
from .correction import ContactCorrection

Array = NDArray[np.float64]

_VISIBLE = 1e-4  # m; a corrective that moves nothing by more is left out
_WITH_BLINK = (
    "eyeLookDown{0}",
    "eyeLookUp{0}",
    "eyeLookOut{0}",
    "eyeSquint{0}",
    "cheekSquint{0}",
    "browDown{0}",
    "mouthSmile{0}",
)
_OF_MOUTH = (
    ("mouthPucker", "mouthFunnel"),
    ("mouthPucker", "mouthLeft"),
    ("mouthPucker", "mouthRight"),
    ("mouthPucker", "mouthSmileLeft", "mouthSmileRight"),
    ("mouthFunnel", "mouthRollUpper"),
    ("mouthFunnel", "mouthShrugLower"),
    ("mouthRollLower", "mouthShrugLower"),
    ("mouthLeft", "mouthShrugLower"),
    ("mouthRight", "mouthShrugLower"),
    ("mouthLeft", "mouthSmileLeft"),
    ("mouthRight", "mouthSmileRight"),
)

COMBINATIONS: tuple[tuple[str, ...], ...] = (
    *((f"eyeBlink{side}", other.format(side)) for side in ("Left", "Right") for other in _WITH_BLINK),
    *_OF_MOUTH,
)
"""Combinations whose sum is visibly wrong on styled faces, chosen by ``benchmarks correctives``.

All of an eye's have its blink in common. Each undoes what the other slider does to lids that the
blink alone has closed, so that several at once add up rightly.
"""


class CorrectiveShapes:
    """Makes the correctives of styled faces in one model's topology.

    Parameters
    ----------
    contact
        The contact of the model's single expressions. Combinations of expressions that the model lacks are left out.
    """

    def __init__(self, contact: ContactCorrection) -> None:
        self._parts = contact.head.loose_parts
        names = set(contact.names)
        self._known = [group for group in COMBINATIONS if names.issuperset(group)] if "jawOpen" in names else []
        self._contact = CombinationContact(contact, self._known)

    def __call__(self, source: Array, target: Array, offsets: Array) -> dict[tuple[str, ...], Array]:
        """Offsets (N, 3) in metres of the combinations that need any, by the names of their sliders.

        Parameters
        ----------
        source, target
            (N, 3) source face and styled face, metres.
        offsets
            (E, N, 3) expressions of the styled face, metres.
        """
        skin = self._contact.corrected(source, target, offsets)
        found = {}
        for names, combination, correction in zip(self._known, self._contact.combinations, skin, strict=True):
            if np.linalg.norm(correction, axis=1).max() >= _VISIBLE:
                posed = target + offsets[combination.members].sum(axis=0)
                found[names] = self._parts.with_riding(posed, correction)
        return found
