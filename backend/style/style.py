# SPDX-License-Identifier: GPL-3.0-or-later
"""A style: what was learned from one sculpted pair."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .own_mesh import OwnMesh

if TYPE_CHECKING:
    from ..learning.field.field import AffineModeNetwork

_UNLEARNED = "learned_earlier_expressions"
_ROUNDING = 1e-6  # the untrained network may be measured twice, on two machines


@dataclass(frozen=True, eq=False)
class Style:
    """One sculpted pair and the network tuned on it.

    Attributes
    ----------
    name
        What people call it.
    topology_hash, model_name, model_hash
        The morphable model it belongs to; the last one is its content hash, "" in older files.
    reference, sculpt
        (N, 3) float32 the artist's neutral and sculpted faces in the model's vertex order, metres.
    identity, size
        (K,) float32 z_ref and the head size of ``reference``.
    input_order
        (N,) int32; row i of the artist's file is the model's vertex input_order[i].
    network
        N_T of the styled field; None for a preview, which is deformation transfer alone.
    source_fingerprint
        Which D_S the network was tuned on, see `learning.field.source_file.fingerprint`; "" for a preview.
    settings
        The settings it was tuned with, as plain values.
    metrics
        Measured errors of the tuning, in the units their names say.
    thumbnail
        (H, W, 3) uint8 picture, or None.
    own
        The sculpt as the artist made it, when its topology is not the model's; the pair's own rig comes
        out on its vertices.
    """

    name: str
    topology_hash: str
    model_name: str
    reference: NDArray[np.float32]
    sculpt: NDArray[np.float32]
    identity: NDArray[np.float32]
    size: float
    input_order: NDArray[np.int32]
    network: "AffineModeNetwork | None" = None
    source_fingerprint: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    thumbnail: NDArray[np.uint8] | None = None
    model_hash: str = ""
    own: OwnMesh | None = None

    @property
    def at_size_one(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Reference and sculpt (N, 3) at the model's own size, metres."""
        return self.reference.astype(np.float64) / self.size, self.sculpt.astype(np.float64) / self.size

    @property
    def is_preview(self) -> bool:
        """Whether this is deformation transfer alone."""
        return self.network is None

    def without_learning(self, model_hash: str) -> "Style":
        """The same pair for another version of its model, on whose expressions nothing was learned yet."""
        kept = {name: value for name, value in self.metrics.items() if name == "fit_rms_mm"}
        learned = self.network is not None
        return replace(
            self,
            network=None,
            source_fingerprint="",
            model_hash=model_hash,
            settings={_UNLEARNED: True} if learned else self.settings,
            metrics=kept,
        )

    @property
    def improvement(self) -> float | None:
        """By which share learning lowered the loss on held-out people; None where that was not measured."""
        before, after = self.metrics.get("exam_loss_before"), self.metrics.get("exam_loss")
        if before is None or after is None:
            return None
        return 1 - after / before if before else 0.0

    @property
    def learned(self) -> str:
        """What learning brought, in words; the untrained network stays where nothing that was learned did better."""
        if self.settings.get(_UNLEARNED):
            return "no more: that was for the base head's earlier expressions; make the style again to learn anew"
        if self.network is None:
            return "no, a preview (expressions carried over)"
        if self.improvement is None:
            return "yes, it was not measured how much"
        if self.improvement < _ROUNDING:
            return "no, the untrained field did better on held-out people and was kept"
        return f"yes, the loss on held-out people fell by {100 * self.improvement:.2g} %"
