# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the mesh encoder against the frozen source field: new faces on two triangulations a step."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...mesh_encoder.labels import SKIN
from ...mesh_encoder.weights import EncoderShape
from ..checkpoint import run_key
from ..field.field import Code
from ..field.source_field import SourceField
from ..field.source_file import fingerprint
from ..progress import Progress
from ..training import Training
from .encoder import Encoding, MeshEncoder
from .pool import MeshPool, PoolMesh, sample_face
from .sample import Example, example, warp

_LABEL_WEIGHT = 0.5
_INSIDE_WEIGHT = 0.4  # of vertices that are not skin: they matter less and are harder
_LOST_PULL = 0.5  # of the distances of a head that lies any way, beside 10: only its doubt is of use
_AVERAGING = 0.998


@dataclass(frozen=True)
class EncoderSettings:
    """How long and how the mesh encoder is trained; the defaults made the shipped weights.

    The learning rate's cycle is laid out for ``cycle`` steps; training may end before, at ``steps``.
    """

    steps: int = 6500
    cycle: int = 7000
    meshes: int = 700
    batch: int = 2
    learning_rate: float = 1e-3
    seed: int = 7
    checkpoint_every: int = 250


def new_mesh_encoder(seed: int = 0) -> MeshEncoder:
    """An untrained encoder."""
    torch.manual_seed(seed)
    return MeshEncoder(EncoderShape())


def train_encoder(
    encoder: MeshEncoder,
    field: SourceField,
    settings: EncoderSettings,
    pool: Path,
    checkpoint: Path | None = None,
    stopped: Callable[[], str] = lambda: "",
) -> Iterator[Progress]:
    """Train ``encoder`` in place; it ends as the running average of its weights.

    Goes on from ``checkpoint``, see `Training.run`. Faces are the frozen field's at rest, D_S(z), warped
    smoothly so that the encoder also knows what no code can describe.
    """
    meshes = MeshPool(pool, field.model, encoder.shape.eigenpairs, settings.seed)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=settings.learning_rate, weight_decay=1e-4)
    training = Training(encoder, optimizer, max(settings.cycle, settings.steps), rise=0.05, clip=1.0)
    average, smooth = copy.deepcopy(encoder), dict[str, float]()

    def update(step: int) -> tuple[dict[str, float], None]:
        total = torch.zeros(())
        for part in range(settings.batch):
            rng = np.random.default_rng([settings.seed, step, part])
            # Meshes are made when they are first wanted, so that training starts at once.
            mesh = meshes[int(rng.integers(min(settings.meshes, 64 + step)))]
            loss, terms = _loss(encoder, field, mesh, rng)
            total = total + loss / settings.batch
            smooth.update({k: 0.99 * smooth.get(k, v) + 0.01 * v for k, v in terms.items()})
        training.descend(total)
        decay = min(_AVERAGING, (step + 1) / (step + 10))
        for mean, value in zip(average.state_dict().values(), encoder.state_dict().values(), strict=True):
            mean.lerp_(value, 1 - decay)
        return dict(smooth), None

    key = run_key(settings=settings, shape=encoder.shape, field=fingerprint(field), model=field.model.content_hash)
    every = settings.checkpoint_every
    yield from training.run("train-encoder", settings.steps, update, stopped, checkpoint, key, every, average=average)
    encoder.load_state_dict(average.state_dict())


def _loss(
    encoder: MeshEncoder, field: SourceField, mesh: PoolMesh, rng: np.random.Generator
) -> tuple[Tensor, dict[str, float]]:
    """Loss of a new face on one triangulation, and its terms for the log."""
    identity, expression = sample_face(field.model, rng)
    if rng.random() < 0.4:  # the face that the mesh's operators belong to
        identity, expression = mesh.identity, mesh.expression
    face = at_rest(field, identity, expression)
    if rng.random() < 0.6:
        face = face + warp(field.model.template.astype(np.float64), rng)
    placed = rng.random() < 0.5
    shown = example(mesh, field.model, face, rng, placed=placed)
    found = encoder(shown.positions, shown.normals, shown.operators, placed=placed)
    loss, distance = dense_loss(found, shown)
    if not shown.findable or not (shown.labels == SKIN).any():
        return loss, {}
    return loss, {"placed_mm" if placed else "blind_mm": distance}


def at_rest(field: SourceField, identity: np.ndarray, expression: np.ndarray) -> np.ndarray:
    """Vertices (N, 3) float64 of D_S for one code without joint turns, metres."""
    code = Code.of(identity[None], expression[None], field.shape)
    with torch.no_grad():
        return field.linear(code)[0].double().numpy()


def dense_loss(found: Encoding, shown: Example) -> tuple[Tensor, float]:
    """Distances in centimetres, likelihood of the claimed error, labels; and the mean skin distance in mm.

    The claimed error follows the distances (a radial Laplace distribution) without steering them:
    divided by it they would pull hardest where the network is sure and wrong.
    """
    distance = (found.canonical - shown.canonical).square().sum(1).add(1e-10).sqrt()
    claim = distance.detach() / found.log_error.exp() + found.log_error
    skin = shown.labels == SKIN
    weights = shown.known * torch.where(skin, 1.0, _INSIDE_WEIGHT)
    labels = functional.cross_entropy(found.logits, shown.labels)
    pull = 10.0 if shown.findable else _LOST_PULL
    dense = (weights * (pull * distance + 0.2 * claim)).sum() / weights.sum().clamp(min=1)
    millimetres = 100 * distance.detach()[skin].mean()
    return dense + _LABEL_WEIGHT * labels, float(millimetres)
