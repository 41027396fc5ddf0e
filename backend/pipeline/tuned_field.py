# SPDX-License-Identifier: GPL-3.0-or-later
"""The tuned field of a style as surfaces; apart from `Styler` because a preview needs no torch, which takes seconds to load."""

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import UserError
from ..head.template import TemplateSurface
from ..learning.field.field import AffineModeNetwork, Code
from ..learning.field.source_file import fingerprint, source_field_of
from ..learning.field.styled_field import StyledField, motion_activity, surface_frames
from ..morphable_model import MorphableModel
from ..style.style import Style

Array = NDArray[np.float64]

_CHUNK = 13  # expressions per network evaluation


class TunedField:
    """What a style's field makes of source faces at size 1.

    Parameters
    ----------
    style, network
        The style and its network.
    model, surface
        The morphable model that it belongs to and its surface.

    Raises
    ------
    UserError
        When the style was tuned with another version of D_S.
    """

    def __init__(
        self, style: Style, network: AffineModeNetwork, model: MorphableModel, surface: TemplateSurface
    ) -> None:
        source = source_field_of(model)
        if fingerprint(source) != style.source_fingerprint:
            raise UserError(
                f"The style “{style.name}” was tuned with another version of the deformation field.",
                "Make it again with “onesculpt stylize” from the same pair.",
                code="model",
            )
        self._field, self._surface = StyledField(source, network), surface
        self._at_pair: torch.Tensor | None = None
        if style.settings.get("anchor") == "teacher":
            reference = style.reference.astype(np.float64)[None] / style.size
            at_rest = np.zeros((1, len(model.expression_names)))
            self._at_pair = self._local(style.identity.astype(np.float64), reference, at_rest, reference)

    def surfaces(self, identity: Array, posed: Array, expressions: Array, source: Array) -> Array:
        """Styled surfaces (B, N, 3) of a face (N, 3) ``source`` that slider values (B, E) pose as (B, N, 3), metres."""
        result = np.empty_like(posed)
        for start in range(0, len(posed), _CHUNK):
            part = slice(start, start + _CHUNK)
            local = self._local(identity, posed[part], expressions[part], source)
            if self._at_pair is not None:
                local = local - self._at_pair
            frames = surface_frames(self._surface, posed[part], source)
            result[part] = posed[part] + np.einsum("bnij,bnj->bni", frames, local.double().numpy())
        return result

    def _local(self, identity: Array, posed: Array, expressions: Array, source: Array) -> torch.Tensor:
        """The field's displacement (B, N, 3) in local frames."""
        neutral = np.broadcast_to(source, posed.shape)
        with torch.no_grad():
            code = Code.of(
                _tensor(np.broadcast_to(identity, (len(posed), len(identity)))),
                _tensor(expressions),
                self._field.source.shape,
            )
            activity = motion_activity(neutral, posed)
            return self._field.local_displacement(code, _tensor(neutral), _tensor(posed), _tensor(activity))


def _tensor(array: Array) -> torch.Tensor:
    return torch.as_tensor(np.array(array, dtype=np.float32))
