# SPDX-License-Identifier: GPL-3.0-or-later
"""The surface deformation field as a network of affine modes."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

_PREFIX = "network."


@dataclass(frozen=True)
class FieldShape:
    """Sizes of a field: features C, identity K, expressions E, turning joints J, width, depth, modes R."""

    features: int
    identity: int
    expressions: int
    joints: int
    width: int = 128
    depth: int = 3
    modes: int = 40


@dataclass(frozen=True)
class Code:
    """Latent codes of a batch: who, which expression, how the joints are turned.

    Attributes
    ----------
    identity
        (B, K) coefficients.
    expression
        (B, E) slider values.
    rotations
        (B, J, 3, 3) joint rotations relative to rest.
    """

    identity: Tensor
    expression: Tensor
    rotations: Tensor

    @staticmethod
    def of(identity: "Tensor | NDArray[Any]", expression: "Tensor | NDArray[Any]", shape: FieldShape) -> "Code":
        """Codes in single precision with which no joint turns."""
        eye = torch.eye(3).expand(len(identity), shape.joints, 3, 3)
        return Code(torch.as_tensor(identity).float(), torch.as_tensor(expression).float(), eye)

    def at_rest(self) -> "Code":
        """The same people with no expression and unturned joints."""
        eye = torch.eye(3, dtype=self.identity.dtype, device=self.identity.device)
        return Code(self.identity, torch.zeros_like(self.expression), eye.expand_as(self.rotations))


class AffineModeNetwork(nn.Module):
    """Displacement = Σ_r φ_r(z) (M_r(p) x + t_r(p)): a DeepONet whose modes are affine maps.

    The trunk emits R local affine maps at a surface point p, once for any number of codes; the
    branch emits the R coefficients of a code z (Lu et al., "DeepONet", Nature Machine Intelligence
    3, 2021). Linear blend skinning, w(p) (R − I)(x − j(z)), has exactly this form: the branch sees
    R − I and (R − I) j(z), the trunk the skin weights, both through a linear path and a learned one.

    Positions x are in metres and enter divided by ``unit``.
    """

    def __init__(self, shape: FieldShape, unit: float = 0.1) -> None:
        super().__init__()
        self.shape = shape
        self.unit = unit
        codes = shape.identity + shape.expressions
        layers: list[nn.Module] = [nn.Linear(shape.features, shape.width)]
        for _ in range(shape.depth - 1):
            layers += [nn.SiLU(), nn.Linear(shape.width, shape.width)]
        self.trunk = nn.Sequential(*layers, nn.SiLU())
        self.modes = nn.Linear(shape.width, shape.modes * 12)
        self.modes_linear = nn.Linear(shape.features, shape.modes * 12, bias=False)
        turns = 12 * shape.joints
        self.turning = nn.Sequential(
            nn.Linear(codes + turns, shape.width), nn.SiLU(), nn.Linear(shape.width, shape.modes - 1)
        )
        self.turning_linear = nn.Linear(turns, shape.modes - 1, bias=False)
        self.style = nn.Linear(codes, shape.modes - 1, bias=False)
        self.register_buffer("pivots", torch.zeros(shape.joints, 3))
        self.register_buffer("pivot_basis", torch.zeros(codes, shape.joints * 3))
        self.pivots: Tensor
        self.pivot_basis: Tensor
        if self.modes.weight.is_meta:  # to be read from a file; drawing here would import torch's compiler, for 4 s
            return
        nn.init.normal_(self.modes.weight, std=0.02 / shape.width**0.5)
        nn.init.zeros_(self.modes.bias)
        nn.init.normal_(self.modes_linear.weight, std=0.02 / shape.features**0.5)
        nn.init.zeros_(self.style.weight)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The weights by name, as files hold them."""
        return {_PREFIX + name: value.detach().numpy() for name, value in self.state_dict().items()}

    @staticmethod
    def of_arrays(shape: Mapping[str, int], arrays: Mapping[str, NDArray[Any]]) -> "AffineModeNetwork":
        """The network of a file, frozen; ``shape`` are the fields of a `FieldShape`.

        Raises TypeError, RuntimeError or ValueError for weights that do not fit or are not finite.
        """
        with torch.device("meta"):
            network = AffineModeNetwork(FieldShape(**shape))
        # Copied, so that they lie as torch lays its own: products of weights that lie otherwise round otherwise.
        weights = {
            name.removeprefix(_PREFIX): torch.as_tensor(array).clone()
            for name, array in arrays.items()
            if name.startswith(_PREFIX)
        }
        network.load_state_dict(weights, assign=True)
        if not all(torch.isfinite(value).all() for value in weights.values()):
            raise ValueError("weights are not finite")
        return network.requires_grad_(False).eval()

    def place_pivots(self, joints: Tensor, basis: Tensor) -> None:
        """Tell where the turning joints are: joints (J, 3) of the mean face and how codes move them (K + E, J, 3)."""
        self.pivots.copy_(joints)
        self.pivot_basis.copy_(basis.flatten(1))

    def affine_modes(self, features: Tensor) -> Tensor:
        """(P, R, 3, 4) affine maps of points with features (P, C)."""
        maps = self.modes(self.trunk(features)) + self.modes_linear(features)
        return maps.view(len(features), self.shape.modes, 3, 4)

    def turning_coefficients(self, code: Code) -> Tensor:
        """(B, R) coefficients of what turned joints do; exactly zero while none turns."""
        person = torch.cat([code.identity, code.expression], dim=1)
        eye = torch.eye(3, dtype=person.dtype, device=person.device)
        turn = code.rotations - eye
        pivots = self.pivots + (person @ self.pivot_basis).unflatten(1, (-1, 3))
        moved = (turn @ pivots[..., None]).squeeze(-1) / self.unit
        turned = torch.cat([turn.flatten(1), moved.flatten(1)], dim=1)
        resting = self.turning(torch.cat([person, torch.zeros_like(turned)], dim=1))
        varying = self.turning(torch.cat([person, turned], dim=1)) - resting + self.turning_linear(turned)
        return torch.cat([varying, torch.zeros_like(varying[:, :1])], dim=1)

    def style_coefficients(self, code: Code) -> Tensor:
        """(B, R) coefficients of what does not need a joint to turn: linear in identity and expression.

        The last one is 1: a mode that is the same for every code. D_S leaves the others at zero;
        fine-tuning teaches them how a style changes with the code.
        """
        varying = self.style(torch.cat([code.identity, code.expression], dim=1))
        return torch.cat([varying, torch.ones_like(varying[:, :1])], dim=1)

    def displace(self, modes: Tensor, coefficients: Tensor, positions: Tensor) -> Tensor:
        """Displacements (B, P, 3) in metres of points at ``positions`` (B, P, 3)."""
        maps = torch.einsum("br,prij->bpij", coefficients, modes)
        moved = (maps[..., :3] @ (positions / self.unit).unsqueeze(-1)).squeeze(-1) + maps[..., 3]
        return moved * self.unit


def mixed_network(first: AffineModeNetwork, second: AffineModeNetwork, amount: float) -> AffineModeNetwork:
    """(1 − amount) ``first`` + amount ``second``, weight by weight.

    Fine-tuning moves the weights of D_S only a little, and in a straight line between two such
    copies the displacements change nearly linearly (averaging fine-tuned models: Wortsman et al.,
    "Model soups", ICML 2022).
    """
    mixed, weights = copy.deepcopy(first), second.state_dict()
    with torch.no_grad():
        for name, value in mixed.state_dict().items():
            value.lerp_(weights[name], amount)
    return mixed.requires_grad_(False).eval()
