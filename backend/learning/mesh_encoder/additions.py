# SPDX-License-Identifier: GPL-3.0-or-later
"""What heads of artists and scanners have and a head model has not: hair, hats, collars, shoulders, planes for brows."""

from itertools import pairwise

import igl
import numpy as np
from numpy.typing import NDArray

from ...mesh_encoder.labels import LASHES, OTHER
from ...morphable_model import MorphableModel
from .triangulation import Triangulation

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_LINES = {"brow": (tuple(range(17, 22)), tuple(range(22, 27))), "lash": ((36, 37, 38, 39), (42, 43, 44, 45))}  # iBUG 68
_MIDDLE = np.array([0.0, 0.0, -0.06])  # of a head
_CHIN, _NECK = -0.112, -0.115  # m, heights


def with_hair(made: Triangulation, model: MorphableModel, shape: Array, rng: np.random.Generator) -> Triangulation:
    """A cap over the scalp, a hat on it, or hair to the shoulders; sometimes the scalp below is gone."""
    y, z = _on_mean(made, model)[:, 1:].T
    hairline = y - 0.03 + rng.normal(0, 0.015) > rng.uniform(0.2, 0.8) * (z - 0.02)
    long = (z < rng.uniform(-0.11, -0.05)) & (y > rng.uniform(-0.2, 0.0)) & (rng.random() < 0.5)
    covered = (hairline | long) & (made.labels == 0)
    waves = 1 + rng.uniform(0, 0.5) * np.sin(made.place(shape) @ rng.normal(0, 60, 3))
    return _shell(made, shape, covered, rng.uniform(0.003, 0.035) * waves, rng, gone=0.35)


def with_collar(made: Triangulation, model: MorphableModel, shape: Array, rng: np.random.Generator) -> Triangulation:
    """A collar or a scarf round the neck."""
    y, z = _on_mean(made, model)[:, 1:].T
    low = y + 0.6 * (z + 0.06) + rng.normal(0, 0.01)
    neck = (low < _NECK + 0.01) & (low > _NECK - rng.uniform(0.02, 0.1)) & (made.labels == 0)
    flare = rng.uniform(0.002, 0.03) * (1 + rng.uniform(-0.5, 1) * (low - _NECK) / 0.05)
    return _shell(made, shape, neck, np.abs(flare), rng, gone=0.2)


def with_locks(made: Triangulation, model: MorphableModel, shape: Array, rng: np.random.Generator) -> Triangulation:
    """Strands of hair that hang from the scalp, also over the forehead."""
    scalp = np.flatnonzero((_on_mean(made, model)[:, 1] > 0.06) & (made.labels == 0))
    if not len(scalp):
        return made
    points = made.place(shape)
    width, steps = rng.uniform(0.004, 0.015), int(rng.integers(3, 7))
    for _ in range(int(rng.integers(4, 25))):
        root = int(scalp[rng.integers(len(scalp))])
        out = points[root] - _MIDDLE
        out /= np.linalg.norm(out)
        side = np.cross(out, [0.0, 1.0, 0.0]) + rng.normal(0, 0.05, 3)
        side /= np.linalg.norm(side)
        length, lift = rng.uniform(0.04, 0.2), rng.uniform(0.01, 0.04)
        share = np.linspace(0, 1, steps)[:, None]
        middle = out * lift * np.sin(np.pi * np.minimum(share * 1.2, 1)) + length * share**1.5 * [0.0, -1.0, 0.0]
        middle = middle + (out * [1, 0, 1]) * length * 0.5 * np.sqrt(share)
        narrow = width * (1 - 0.8 * share**2)
        made = _strip(made, np.full(2 * steps, root), np.concatenate([middle - narrow * side, middle + narrow * side]))
    return made


def with_shoulders(made: Triangulation, model: MorphableModel, shape: Array, rng: np.random.Generator) -> Triangulation:
    """Rings below the neck that widen to shoulders, or go down to the waist."""
    loops = [np.asarray(loop, np.int64) for loop in igl.boundary_loop_all(made.triangles)]
    points, height = made.place(shape), _on_mean(made, model)[:, 1]
    low = [loop for loop in loops if len(loop) > 12 and height[loop].mean() < -0.09]
    if not low:
        return made
    loop = max(low, key=len)
    out = (points[loop] - points[loop].mean(0)) * [1, 0, 1]
    body = rng.random() < 0.3
    rings = int(rng.integers(8, 14)) if body else int(rng.integers(2, 7))
    spread, drop = rng.uniform(0.0, 1.2), rng.uniform(0.1, 0.4) if body else rng.uniform(0.01, 0.1)
    following = np.roll(np.arange(len(loop)), -1)
    inner = loop
    for ring in range(1, rings + 1):
        step = ring / rings
        wide = np.sqrt(step) if body else step**1.5
        shift = out * spread * wide + np.array([0.0, -drop * step, 0.0])
        outer = len(made.corners) + np.arange(len(loop))
        band = [np.stack([inner[following], inner, outer], 1), np.stack([inner[following], outer, outer[following]], 1)]
        made = made.grown(loop, made.offsets[loop] + shift, np.concatenate([made.triangles, *band]))
        inner = outer
    return made


def with_planes(made: Triangulation, model: MorphableModel, shape: Array, rng: np.random.Generator) -> Triangulation:
    """Brows or lashes as strips of their own before the skin, flat or with a rim, as games draw pictures on."""
    if model.landmarks is None:
        return made
    kind = str(rng.choice(list(_LINES)))
    points = made.place(shape)
    skin = np.flatnonzero(made.labels == 0)
    half, rise = rng.uniform(0.002, 0.016), rng.uniform(-0.008, 0.02) if kind == "brow" else rng.uniform(0.0, 0.006)
    forward, rim = rng.uniform(0.0005, 0.006), rng.random() < 0.3
    for line in _LINES[kind]:
        along = shape[model.landmarks[list(line)]]
        steps = np.arange(2 * len(along) - 1) / 2
        along = np.stack([np.interp(steps, np.arange(len(along)), axis) for axis in along.T], axis=1)
        near = skin[[int(((points[skin] - point) ** 2).sum(1).argmin()) for point in along]]
        out = (along - _MIDDLE) * [0.3, 0, 1]
        middle = along + [0.0, rise, 0.0] + forward * out / np.linalg.norm(out, axis=1, keepdims=True) - points[near]
        up = np.array([0.0, half, 0.0])
        edges = [middle - up, middle + up]
        if rim:
            edges = [edges[0] - [0, 0, 2 * half], *edges, edges[1] - [0, 0, 2 * half]]
        for one, other in pairwise(edges):
            made = _strip(made, np.concatenate([near, near]), np.concatenate([one, other]), LASHES)
    return made


def _on_mean(made: Triangulation, model: MorphableModel) -> Array:
    """(n, 3) where each vertex lies on the mean head, metres."""
    return (model.template[made.corners] * made.weights[..., None]).sum(1).astype(np.float64)


def _shell(
    made: Triangulation,
    shape: Array,
    covered: NDArray[np.bool_],
    thickness: Array,
    rng: np.random.Generator,
    gone: float,
) -> Triangulation:
    """The covered skin once more, farther out; ``gone`` is how often what lies below is left out."""
    points, faces = made.place(shape), made.triangles
    cap = faces[covered[faces].all(1)]
    if len(cap) < 50:
        return made
    used = np.unique(cap)
    row = np.full(len(points), -1)
    row[used] = len(points) + np.arange(len(used))
    out = points[used] - np.where(points[used, 1:2] > _CHIN, _MIDDLE, _MIDDLE + points[used] * [0, 1, 0])
    away = thickness[used, None] * out / np.linalg.norm(out, axis=1, keepdims=True)
    kept = faces if rng.random() > gone else faces[~covered[faces].all(1)]
    return made.grown(used, made.offsets[used] + away, np.concatenate([kept, row[cap]]))


def _strip(made: Triangulation, rows: Indices, offsets: Array, label: int = OTHER) -> Triangulation:
    """A strip of quads between two lines of k vertices each, that lie off those in ``rows`` (2 k,)."""
    half = len(rows) // 2
    one = len(made.corners) + np.arange(half - 1)
    faces = [np.stack([one, one + 1, one + half], 1), np.stack([one + 1, one + half + 1, one + half], 1)]
    return made.grown(rows, made.offsets[rows] + offsets, np.concatenate([made.triangles, *faces]), label)
