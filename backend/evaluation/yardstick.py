# SPDX-License-Identifier: GPL-3.0-or-later
"""One rig, one call, a few seconds: contact, penetration, motion."""

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig

from .baselines import DeformationTransfer
from .contact import lid_contact, lip_contact
from .eye_closure import eye_closure
from .head_size import expressions_at_size
from .motion_against_transfer import ExpectedMotion, expected_motion, motion_against_transfer
from .penetration import IntersectionCounter, allowed_intersections, penetration
from .poke_through import PokeThrough
from .poses import penetration_poses
from .smooth_motion import smooth_motion


class RigYardstick:
    """What rigs of one pair are measured against; built once, used for every method.

    The source is the pair's neutral face under the model's expressions in its head's size, which
    are those of ``model``, an attribute; ``transfer`` is deformation transfer of the pair.

    Parameters
    ----------
    source, sculpt
        (N, 3) the pair, metres, the model's vertex order.
    mixes, motion_mixes
        Number of random expression mixes that intersections are counted in, and that
        poke-through and motion are measured in; every single slider always is.
    """

    def __init__(
        self,
        model: MorphableModel,
        source: NDArray[np.floating],
        sculpt: NDArray[np.floating],
        mixes: int = 0,
        seed: int = 0,
        motion_mixes: int = 0,
    ) -> None:
        self.source = np.asarray(source, np.float64)
        self.model = model = expressions_at_size(model, self.source)
        self.sculpt = np.asarray(sculpt, np.float64)
        self.counter = IntersectionCounter.of(model)
        self.poses = penetration_poses(model, mixes, seed)
        self.allowed = allowed_intersections(model, self.counter, self.source, self.sculpt, self.poses)
        self.motion_poses = penetration_poses(model, motion_mixes, seed)
        self.poke_through = PokeThrough(model, self.source, self.sculpt, self.motion_poses)
        self.transfer = DeformationTransfer(model, self.source, self.sculpt)
        self.expected: ExpectedMotion = expected_motion(
            model, self.source, self.sculpt, self.transfer.expression_deltas(self.source)
        )

    def measure(self, rig: Rig) -> dict[str, float]:
        """Fidelity, eye closure, contact, penetration and motion of a rig of this face.

        Keys are those of the functions called; ``fidelity_mm`` is the largest vertex distance
        between the rig's neutral and the sculpt, millimetres.
        """
        return {
            "fidelity_mm": sculpt_fidelity(rig, self.sculpt),
            **eye_closure(self.model, rig),
            **lid_contact(self.model, self.source, rig),
            **lip_contact(self.model, self.source, rig),
            **motion_against_transfer(self.expected, rig),
            **penetration(self.counter, rig, self.poses, self.allowed),
            **self.poke_through.measure(rig),
            **smooth_motion(self.model, self.source, rig, self.motion_poses),
        }


def sculpt_fidelity(rig: Rig, sculpt: NDArray[np.floating]) -> float:
    """Largest distance of a vertex of the rig's neutral from the sculpt (N, 3), millimetres."""
    difference = rig.vertices.astype(np.float64) - sculpt
    return 1000.0 * float(np.linalg.norm(difference, axis=1).max())
