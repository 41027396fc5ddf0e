# SPDX-License-Identifier: GPL-3.0-or-later
"""Delta transfer: add the sculpt's vertex offsets to every face."""

import numpy as np

from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.rig import Rig

from ..method import Vertices


class DeltaTransfer:
    """Styled face = S(z) + (T_ref − S_ref); shape keys are the source model's, unchanged."""

    name = "delta transfer"

    def __init__(self, model: MorphableModel, reference: Vertices, sculpt: Vertices) -> None:
        self._model = model
        self._reference = np.asarray(reference, np.float64)
        self._offset = np.asarray(sculpt, np.float64) - self._reference

    def styled_neutral(self, identities: Vertices) -> Vertices:
        """(B, N, 3) to (B, N, 3), metres."""
        return np.asarray(identities, np.float64) + self._offset

    def styled_rig(self) -> Rig:
        """Sculpt offsets on the pair's face, the model's own expression deltas on top."""
        styled = self._reference + self._offset
        return build_rig(self._model, self.name, styled, self._model.expression_basis)
