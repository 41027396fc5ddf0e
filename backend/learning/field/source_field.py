# SPDX-License-Identifier: GPL-3.0-or-later
"""D_S, the source field: a morphable model as a function of surface point and code."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...morphable_model import MorphableModel
from .field import AffineModeNetwork, Code, FieldShape


class SourceField(nn.Module):
    """D_S(p, z) = template(p) + Φ(p)·(z_id, z_exp) + N(p, z).

    The first two terms are the morphable model's own linear basis, interpolated between vertices:
    exact by construction. The network N learns only what is not linear, the turning of jaw and
    eyes, and vanishes exactly while no joint turns.

    Parameters
    ----------
    model
        The morphable model.
    features
        (N, C) surface features of its vertices.
    network
        N.
    turning_joints
        Names of the joints whose rotations the code holds.
    """

    def __init__(
        self,
        model: MorphableModel,
        features: NDArray[np.float32],
        network: AffineModeNetwork,
        turning_joints: tuple[str, ...],
    ) -> None:
        super().__init__()
        self.model = model
        self.network = network
        self.turning_joints = turning_joints
        self.register_buffer("features", torch.as_tensor(features), persistent=False)
        self.register_buffer("template", torch.as_tensor(model.template), persistent=False)
        basis = np.concatenate([model.identity_basis, model.expression_basis])
        self.register_buffer("basis", torch.as_tensor(basis).flatten(1), persistent=False)
        self.features: Tensor
        self.template: Tensor
        self.basis: Tensor

    @property
    def shape(self) -> FieldShape:
        """Sizes of the network and its code."""
        return self.network.shape

    def all_turns(self, turns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turns of all joints of the model (B, all, 3), of those (B, J, 3) of the turning ones; axis-angle, radians."""
        result = np.zeros((len(turns), len(self.model.joint_names), 3))
        result[:, [self.model.joint_names.index(name) for name in self.turning_joints]] = turns
        return result

    def linear(self, code: Code) -> Tensor:
        """Vertices (B, N, 3) of the linear part, metres."""
        weights = torch.cat([code.identity, code.expression], dim=1)
        return self.template + (weights @ self.basis).view(len(weights), -1, 3)

    def evaluate_points(self, linear: Tensor, change: Tensor, corners: Tensor, weights: Tensor) -> Tensor:
        """Posed surface points (B, P, 3) from the linear vertices (B, N, 3) and mode coefficients (B, R)."""
        positions = (linear[:, corners] * weights[..., None]).sum(2)
        features = (self.features[corners] * weights[..., None]).sum(1)
        return positions + self.network.displace(self.network.affine_modes(features), change, positions)
