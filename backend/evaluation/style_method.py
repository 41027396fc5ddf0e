# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles as methods under evaluation: through the pipeline, as users get them, or as the bare field."""

from typing import TYPE_CHECKING

import numpy as np

from backend.morphable_model.model_rig import build_rig
from backend.rig import Rig

from .method import Vertices

if TYPE_CHECKING:
    from backend.morphable_model import MorphableModel
    from backend.style.style import Style


class StyleMethod:
    """A style applied by `pipeline.styler.Styler`, its rows in the model's order."""

    def __init__(self, name: str, style: "Style", model: "MorphableModel") -> None:
        from backend.pipeline.styler import Styler

        self.name = name
        self._styler = Styler(style, model)

    def styled_neutral(self, identities: Vertices) -> Vertices:
        """(B, N, 3) to (B, N, 3), metres."""
        return np.stack([self._styler.neutral(np.asarray(face, np.float64)) for face in identities])

    def styled_rig(self) -> Rig:
        """The rig that ``onesculpt apply`` writes."""
        return self._styler.rig()


class FieldMethod:
    """The bare field, as the published method uses it: every surface is D_T's own output.

    Styled neutral D_T(z_id, 0), shape key e: D_T(z_id, e) − D_T(z_id, 0). There is no detail layer
    and no contact; eyes and teeth are part of the field's surface like everything else.
    """

    def __init__(self, name: str, style: "Style", model: "MorphableModel") -> None:
        from backend.head.geometry import head_geometry
        from backend.learning.field.tuned_field import TunedField

        if style.network is None:
            raise ValueError(f"the style of “{name}” has no field")
        self.name = name
        self._model = model
        self._reference = style.reference.astype(np.float64)
        self._field = TunedField(head_geometry(model), style.network, style.source_fingerprint)

    def styled_neutral(self, identities: Vertices) -> Vertices:
        """(B, N, 3) to (B, N, 3), metres."""
        rest = np.zeros((1, len(self._model.expression_names)))
        return np.stack([self._surfaces(np.asarray(face, np.float64), rest)[0] for face in identities])

    def styled_rig(self) -> Rig:
        """Neutral and expressions, each a surface of the field."""
        count = len(self._model.expression_names)
        surfaces = self._surfaces(self._reference, np.concatenate([np.zeros((1, count)), np.eye(count)]))
        return build_rig(self._model, self.name, surfaces[0], surfaces[1:] - surfaces[0])

    def _surfaces(self, face: Vertices, poses: Vertices) -> Vertices:
        """(P, N, 3) D_T of a neutral face (N, 3) with slider values (P, E), metres."""
        from backend.morphable_model.identity_fit import fit_identity

        fit = fit_identity(self._model, face)
        source = face / fit.size
        posed = source + np.tensordot(poses, self._model.expression_basis.astype(np.float64), axes=1)
        return self._field.surfaces(fit.identity, posed, poses, source) * fit.size
