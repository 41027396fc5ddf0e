# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tuned network makes of faces, as surfaces."""

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import UserError
from ...head.geometry import HeadGeometry
from .field import AffineModeNetwork, Code
from .source_file import fingerprint, source_field_of
from .styled_field import StyledField, motion_activity, surface_frames

Array = NDArray[np.float64]

_CHUNK = 13  # expressions per network evaluation


class TunedField:
    """D_T on faces at size 1.

    Parameters
    ----------
    head
        Geometry of the morphable model.
    network
        N_T.
    tuned_on
        Fingerprint of the D_S that it was tuned on.
    at_pair
        Identity (K,) and reference (N, 3) of the pair, when the network says by how much a face differs
        from what it says there; None when it carries the whole style.

    Raises
    ------
    UserError
        When the installed D_S is another one.
    """

    def __init__(
        self, head: HeadGeometry, network: AffineModeNetwork, tuned_on: str, at_pair: tuple[Array, Array] | None = None
    ) -> None:
        source = source_field_of(head.model)
        if fingerprint(source) != tuned_on:
            raise UserError(
                "This style was tuned with another version of the deformation field.",
                "Make it again with “onesculpt stylize” from the same pair.",
                code="model",
            )
        self._field, self._surface = StyledField(source, network), head.surface
        self._at_pair: torch.Tensor | None = None
        if at_pair is not None:
            identity, reference = at_pair
            at_rest = np.zeros((1, len(head.model.expression_names)))
            self._at_pair = self._local(identity, reference[None], at_rest, reference[None])

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
