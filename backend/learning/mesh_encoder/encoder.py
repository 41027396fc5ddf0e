# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh encoder's network: where each vertex of a mesh lies on the mean head, how surely, and what it is.

The code is not read off the network's features but solved for, from these correspondences; a head
of its own over the mesh's mean features learned nothing that least squares did not know better.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...mesh_encoder.labels import LABELS
from ...mesh_encoder.placing import FINEST
from ...mesh_encoder.weights import EncoderShape
from .diffusion import DiffusionBlock, OperatorTensors

_INPUTS = 7


@dataclass(frozen=True, eq=False)
class Encoding:
    """What the network says about one mesh of n vertices.

    Attributes
    ----------
    canonical
        (n, 3) point of the mean head that each vertex corresponds to, in units of `UNIT`.
    log_error
        (n,) logarithm of the expected distance of ``canonical`` from the truth, same units.
    logits
        (n, len(LABELS)).
    """

    canonical: Tensor
    log_error: Tensor
    logits: Tensor


class MeshEncoder(nn.Module):
    """DiffusionNet over positions and normals with dense outputs."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.first = nn.Sequential(nn.Linear(_INPUTS, shape.width), nn.SiLU(), nn.Linear(shape.width, shape.width))
        self.blocks = nn.ModuleList(DiffusionBlock(shape.width) for _ in range(shape.blocks))
        self.dense = nn.Sequential(
            nn.Linear(shape.width + 3, shape.width), nn.SiLU(), nn.Linear(shape.width, 4 + len(LABELS))
        )

    def forward(self, positions: Tensor, normals: Tensor, operators: OperatorTensors, *, placed: bool) -> Encoding:
        """Encode one mesh.

        Parameters
        ----------
        positions, normals
            (n, 3) in units of `UNIT`, and unit vectors.
        operators
            Of the mesh in the same units.
        placed
            Whether the mesh already lies nearly as the mean head does, or only somehow near the
            origin; the network is trained for both.
        """
        flag = positions.new_full((len(positions), 1), float(placed))
        features = self.first(torch.cat([positions, normals, flag], dim=1))
        for block in self.blocks:
            features = block(features, operators)
        features = torch.cat([features, positions], dim=1)
        dense = self.dense(features)
        return Encoding(
            canonical=positions + dense[:, :3],
            log_error=torch.log(dense[:, 3].clamp(-8, 4).exp() + FINEST),
            logits=dense[:, 4:],
        )
