# SPDX-License-Identifier: GPL-3.0-or-later
"""What several tests of the measuring tool share."""

from dataclasses import replace

import numpy as np

from backend.evaluation.method import Vertices
from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.rig import Rig

RADIUS = 0.012
NEUTRAL_EDGE, BLINK_EDGE = 0.006, -0.004


def changed(rig: Rig, **scale: float) -> Rig:
    """The rig with the named sliders' deltas scaled."""
    deltas = rig.deltas.copy()
    for name, factor in scale.items():
        deltas[rig.names.index(name)] *= factor
    return replace(rig, deltas=deltas)


class SourceFace:
    """The morphable model itself, without any style: what every metric knows the answer for."""

    name = "source model"

    def __init__(self, model: MorphableModel, reference: Vertices) -> None:
        self._model = model
        self._reference = reference

    def styled_neutral(self, identities: Vertices) -> Vertices:
        """The faces themselves, (B, N, 3)."""
        return np.array(identities, np.float64)

    def styled_rig(self) -> Rig:
        """The face itself with the model's own expressions."""
        return build_rig(self._model, self.name, self._reference, self._model.expression_basis)
