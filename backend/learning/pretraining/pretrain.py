# SPDX-License-Identifier: GPL-3.0-or-later
"""Pretraining of D_S: endless samples of identity, expression and joint turns, L2 on surface points."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...mesh.areas import triangle_areas
from ...morphable_model import MorphableModel
from ...morphable_model.skinning import linear_blend_skinning, rotation_matrices
from ..checkpoint import run_key
from ..code_sampling import sample_expressions, sample_rotations, turning_joints
from ..field.field import AffineModeNetwork, Code, FieldShape
from ..field.source_field import SourceField
from ..field.surface_features import surface_features
from ..progress import Progress
from ..training import Training
from .surface_points import random_points

Array = NDArray[np.float64]

_MILLIMETRES = 1000.0


@dataclass(frozen=True)
class PretrainSettings:
    """How long and how D_S is trained; the defaults made the shipped weights."""

    steps: int = 4000
    codes: int = 16
    points: int = 1024
    learning_rate: float = 2e-3
    expression_limit: float = 1.5
    identity_deviation: float = 1.2
    seed: int = 7
    checkpoint_every: int = 500


def new_source_field(model: MorphableModel, seed: int = 0) -> SourceField:
    """An untrained D_S of a morphable model."""
    torch.manual_seed(seed)
    features = surface_features(model)
    joints = turning_joints(model)
    shape = FieldShape(features.shape[1], len(model.identity_basis), len(model.expression_basis), len(joints))
    network = AffineModeNetwork(shape)
    if model.joints is not None and model.joint_identity_basis is not None and model.joint_expression_basis is not None:
        rows = [model.joint_names.index(name) for name in joints]
        basis = np.concatenate([model.joint_identity_basis, model.joint_expression_basis])[:, rows]
        network.place_pivots(torch.as_tensor(model.joints[rows]), torch.as_tensor(basis))
    return SourceField(model, features, network, joints)


def sample_codes(
    field: SourceField, rng: np.random.Generator, count: int, settings: PretrainSettings
) -> tuple[Code, Array]:
    """Random codes, and their joint turns as (count, all joints of the model, 3) axis-angle vectors."""
    model = field.model
    identity = rng.normal(0, settings.identity_deviation, (count, len(model.identity_basis)))
    expression = sample_expressions(rng, count, len(model.expression_basis), settings.expression_limit)
    turns = sample_rotations(rng, count, field.turning_joints)
    tensors = (torch.as_tensor(a, dtype=torch.float32) for a in (identity, expression, rotation_matrices(turns)))
    return Code(*tensors), field.all_turns(turns)


def exact_vertices(
    model: MorphableModel, code: Code, turns: Array, linear: Tensor, chosen: NDArray[np.integer[Any]]
) -> Tensor:
    """(B, len(chosen), 3) vertices of the exact model, given its linear part (B, len(chosen), 3)."""
    if model.skin_weights is None or model.joint_parents is None:
        return linear
    joints = model.joint_positions(code.identity.numpy(), code.expression.numpy())
    posed = linear_blend_skinning(
        linear.double().numpy(), joints, model.joint_parents, model.skin_weights[chosen], turns
    )
    return torch.as_tensor(posed, dtype=torch.float32)


def pretrain(
    field: SourceField,
    settings: PretrainSettings,
    checkpoint: Path | None = None,
    stopped: Callable[[], str] = lambda: "",
) -> Iterator[Progress]:
    """Train ``field`` in place; goes on from ``checkpoint``, see `Training.run`.

    The loss is the mean squared distance in mm² between D_S and the exact model at random surface
    points.
    """
    model = field.model
    optimizer = torch.optim.Adam(field.network.parameters(), lr=settings.learning_rate, fused=True)
    training = Training(field.network, optimizer, settings.steps, rise=0.1)
    areas = triangle_areas(model.template.astype(np.float64), model.triangles)

    def update(step: int) -> tuple[dict[str, float], None]:
        rng = np.random.default_rng([settings.seed, step])
        code, turns = sample_codes(field, rng, settings.codes, settings)
        corners, weights = random_points(rng, model.triangles, areas, settings.points)
        loss = _point_loss(field, code, turns, corners, weights)
        training.descend(loss)
        return {"mm2": loss.item()}, None

    key = run_key(settings=settings, model=model.content_hash, shape=field.shape)
    yield from training.run("pretrain", settings.steps, update, stopped, checkpoint, key, settings.checkpoint_every)


def _point_loss(field: SourceField, code: Code, turns: Array, corners: NDArray[np.int32], weights: Array) -> Tensor:
    chosen, inverse = np.unique(corners, return_inverse=True)
    barycentric = torch.as_tensor(weights, dtype=torch.float32)[..., None]
    rows = torch.as_tensor(inverse.reshape(corners.shape))
    coefficients = torch.cat([code.identity, code.expression], dim=1)
    basis = field.basis.view(len(field.basis), -1, 3)[:, chosen].flatten(1)
    linear = field.template[chosen] + (coefficients @ basis).view(len(coefficients), -1, 3)
    exact = exact_vertices(field.model, code, turns, linear, chosen)
    points = (linear[:, rows] * barycentric).sum(2)
    goal = (exact[:, rows] * barycentric).sum(2) - points
    features = (field.features[chosen][rows] * barycentric).sum(1)
    network = field.network
    change = network.turning_coefficients(code)
    learned = network.displace(network.affine_modes(features), change, points)
    return ((learned - goal) * _MILLIMETRES).square().sum(-1).mean()
