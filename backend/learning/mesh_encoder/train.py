# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the mesh encoder against the frozen source field: new faces on two triangulations a step."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...files import atomic_write
from ...mesh_encoder.weights import EncoderShape
from ..checkpoint import read_state
from ..field.field import Code
from ..field.source_field import SourceField
from ..progress import Progress
from .encoder import Encoding, MeshEncoder
from .pool import MeshPool, PoolMesh, sample_face
from .sample import Example, example, warp

_LABEL_WEIGHT = 0.5
_INSIDE_WEIGHT = 0.4  # of vertices that are not skin: they matter less and are harder
_AVERAGING = 0.998


@dataclass(frozen=True)
class EncoderSettings:
    """How long and how the mesh encoder is trained; the defaults made the shipped weights.

    The learning rate's cycle is laid out for ``cycle`` steps; training may end before, at ``steps``.
    """

    steps: int = 9000
    cycle: int = 12000
    meshes: int = 500
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
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Progress]:
    """Train ``encoder`` in place; it ends as the running average of its weights.

    Resumes from ``checkpoint`` when that file holds the same settings. Faces are the frozen field's
    at rest, D_S(z), warped smoothly so that the encoder also knows what no code can describe.
    """
    model = field.model
    meshes = MeshPool(pool, model, encoder.shape.eigenpairs, settings.seed)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=settings.learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=max(settings.cycle, settings.steps), pct_start=0.05
    )
    average = {name: value.detach().clone() for name, value in encoder.state_dict().items()}
    first = 0
    if checkpoint is not None:
        state = read_state(checkpoint)
        if state is not None and state.get("settings") == vars(settings):
            encoder.load_state_dict(state["network"])
            optimizer.load_state_dict(state["optimizer"])
            schedule.load_state_dict(state["schedule"])
            average, first = state["average"], state["step"]
    started, smooth = time.monotonic(), {}
    for step in range(first, settings.steps):
        if cancelled():
            return
        optimizer.zero_grad(set_to_none=True)
        for part in range(settings.batch):
            rng = np.random.default_rng([settings.seed, step, part])
            # Meshes are made when they are first wanted, so that training starts at once.
            mesh = meshes[int(rng.integers(min(settings.meshes, 64 + step)))]
            loss, terms = _loss(encoder, field, mesh, rng)
            (loss / settings.batch).backward()
            smooth |= {k: 0.99 * smooth.get(k, v) + 0.01 * v for k, v in terms.items()}
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        decay = min(_AVERAGING, (step + 1) / (step + 10))
        for name, value in encoder.state_dict().items():
            average[name].lerp_(value, 1 - decay)
        if checkpoint is not None and (step + 1) % settings.checkpoint_every == 0:
            _save(checkpoint, encoder, optimizer, schedule, average, settings, step + 1)
        left = (time.monotonic() - started) / (step + 1 - first) * (settings.steps - step - 1)
        yield Progress("train-encoder", step + 1, settings.steps, dict(smooth), left)
    encoder.load_state_dict(average)


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
    placed = rng.random() < 0.6
    shown = example(mesh, field.model, face, rng, placed=placed)
    found = encoder(shown.positions, shown.normals, shown.operators, placed=placed)
    loss, distance = dense_loss(found, shown)
    return loss, {"placed_mm" if placed else "blind_mm": distance}


def at_rest(field: SourceField, identity: np.ndarray, expression: np.ndarray) -> np.ndarray:
    """Vertices (N, 3) float64 of D_S for one code without joint turns, metres."""
    code = Code.of(
        torch.as_tensor(identity[None], dtype=torch.float32),
        torch.as_tensor(expression[None], dtype=torch.float32),
        field.shape,
    )
    with torch.no_grad():
        return field.linear(code)[0].double().numpy()


def dense_loss(found: Encoding, shown: Example) -> tuple[Tensor, float]:
    """Distances in centimetres, likelihood of the claimed error, labels; and the mean skin distance in mm.

    The claimed error follows the distances (a radial Laplace distribution) without steering them:
    divided by it they would pull hardest where the network is sure and wrong.
    """
    distance = (found.canonical - shown.canonical).square().sum(1).add(1e-10).sqrt()
    claim = distance.detach() / found.log_error.exp() + found.log_error
    skin = shown.labels == 0
    weights = shown.known * torch.where(skin, 1.0, _INSIDE_WEIGHT)
    labels = functional.cross_entropy(found.logits, shown.labels)
    dense = (weights * (10 * distance + 0.2 * claim)).sum() / weights.sum()
    millimetres = 100 * distance.detach()[skin].mean()
    return dense + _LABEL_WEIGHT * labels, float(millimetres)


def _save(
    path: Path,
    encoder: MeshEncoder,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    average: dict[str, Tensor],
    settings: EncoderSettings,
    step: int,
) -> None:
    with atomic_write(path) as temporary:
        torch.save(
            {
                "network": encoder.state_dict(),
                "average": average,
                "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(),
                "settings": vars(settings),
                "step": step,
            },
            temporary,
        )
