# SPDX-License-Identifier: GPL-3.0-or-later
"""One rig, one call, a few seconds: contact, penetration and meaning."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig

from .baselines import DeformationTransfer
from .contact import lid_contact, lip_contact
from .expression_meaning import ExpectedMotion, expected_motion, expression_meaning
from .eye_closure import eye_closure
from .penetration import (
    IntersectionCounter,
    allowed_intersections,
    penetration,
    penetration_poses,
)

if TYPE_CHECKING:
    from backend.morphable_model import MorphableModel


class RigYardstick:
    """What rigs of one pair are measured against; built once, used for every method.

    Parameters
    ----------
    source, sculpt
        (N, 3) the pair, metres, the model's vertex order.
    mixes
        Number of random expression mixes that penetration is counted in.
    """

    def __init__(
        self,
        model: "MorphableModel",
        source: NDArray[np.floating],
        sculpt: NDArray[np.floating],
        mixes: int = 20,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.source = np.asarray(source, np.float64)
        self.sculpt = np.asarray(sculpt, np.float64)
        self.counter = IntersectionCounter.of(model)
        self.poses = penetration_poses(model, mixes, seed)
        self.allowed = allowed_intersections(model, self.counter, self.source, self.sculpt, self.poses)
        transfer = DeformationTransfer(model, self.source, self.sculpt, pins="still")
        self.expected: ExpectedMotion = expected_motion(
            model, self.source, self.sculpt, transfer.expression_deltas(self.source)
        )

    def measure(self, rig: Rig) -> dict[str, float]:
        """Fidelity, eye closure, contact, penetration and meaning of a rig of the pair's face.

        Keys are those of the functions called; ``fidelity_mm`` is the largest vertex distance
        between the rig's neutral and the sculpt, millimetres.
        """
        return {
            "fidelity_mm": sculpt_fidelity(rig, self.sculpt),
            **eye_closure(self.model, rig),
            **lid_contact(self.model, self.source, rig),
            **lip_contact(self.model, self.source, rig),
            **expression_meaning(self.expected, rig),
            **penetration(self.counter, rig, self.poses, self.allowed),
        }


def sculpt_fidelity(rig: Rig, sculpt: NDArray[np.floating]) -> float:
    """Largest distance of a vertex of the rig's neutral from the sculpt (N, 3), millimetres."""
    difference = rig.vertices.astype(np.float64) - sculpt
    return 1000.0 * float(np.linalg.norm(difference, axis=1).max())


def measure_rig(
    model: "MorphableModel",
    source_neutral: NDArray[np.floating],
    sculpt_neutral: NDArray[np.floating],
    rig: Rig,
    mixes: int = 20,
    seed: int = 0,
) -> dict[str, float]:
    """`RigYardstick` for a single rig; keep the yardstick itself to measure several."""
    return RigYardstick(model, source_neutral, sculpt_neutral, mixes, seed).measure(rig)
