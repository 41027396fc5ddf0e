# SPDX-License-Identifier: GPL-3.0-or-later
"""Diffusion blocks: layers of a network that live on a surface, whatever its triangles."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...mesh.operators import SurfaceOperators


@dataclass(frozen=True, eq=False)
class OperatorTensors:
    """`SurfaceOperators` of one mesh of n vertices as single-precision tensors; K eigenpairs.

    Attributes
    ----------
    masses, eigenvalues, eigenfunctions, gradients
        (n,), (K,), (n, K) and (2, n, K).
    """

    masses: Tensor
    eigenvalues: Tensor
    eigenfunctions: Tensor
    gradients: Tensor

    @staticmethod
    def of(operators: SurfaceOperators) -> "OperatorTensors":
        """The same operators for torch."""
        arrays = (operators.masses, operators.eigenvalues, operators.eigenfunctions, operators.gradients)
        return OperatorTensors(*(torch.as_tensor(array, dtype=torch.float32) for array in arrays))

    def scaled(self, scale: float) -> "OperatorTensors":
        """The operators of the same mesh ``scale`` times as large."""
        return OperatorTensors(
            self.masses * scale**2, self.eigenvalues / scale**2, self.eigenfunctions / scale, self.gradients / scale**2
        )


class DiffusionBlock(nn.Module):
    """Learned diffusion, gradient features and a pointwise network, added to the input.

    Sharp, Attaiki, Crane & Ovsjanikov, "DiffusionNet: discretization agnostic learning on
    surfaces", TOG 2022. Diffusion and gradients act on the same eigenfunctions, so both are dense
    products; no sparse matrix is needed.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        # Diffusion times, one per channel, in squared units of the positions: from details to the whole head.
        self.log_time = nn.Parameter(torch.empty(width))
        if not self.log_time.is_meta:  # there torch would import its compiler, for seconds, to draw the order
            self.log_time.data = torch.linspace(-7.0, 1.0, width)[torch.randperm(width)]
        self.real = nn.Linear(width, width, bias=False)
        self.imaginary = nn.Linear(width, width, bias=False)
        self.pointwise = nn.Sequential(nn.Linear(3 * width, width), nn.SiLU(), nn.Linear(width, width))
        self.norm = nn.LayerNorm(width)

    def forward(self, features: Tensor, operators: OperatorTensors) -> Tensor:
        """Features (n, C) after one block."""
        spectrum = operators.eigenfunctions.T @ (features * operators.masses[:, None])
        # Clamped: denormal numbers would make the products many times slower.
        decay = (operators.eigenvalues[:, None] * self.log_time.exp()).clamp(max=40)
        damped = torch.exp(-decay) * spectrum
        diffused = operators.eigenfunctions @ damped
        along, across = operators.gradients[0] @ damped, operators.gradients[1] @ damped
        # The inner product of the gradient with a learned rotation of itself does not depend on the
        # tangent directions that were chosen.
        turned = along * (self.real(along) - self.imaginary(across)) + across * (
            self.real(across) + self.imaginary(along)
        )
        mixed = self.pointwise(torch.cat([features, diffused, torch.tanh(turned)], dim=1))
        return features + self.norm(mixed)
