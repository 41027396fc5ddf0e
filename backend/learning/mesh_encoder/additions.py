# SPDX-License-Identifier: GPL-3.0-or-later
"""What heads of artists and scanners have and a head model has not: a cap of hair, and shoulders."""

import igl
import numpy as np
from numpy.typing import NDArray

from .triangulation import Triangulation

Array = NDArray[np.float64]


def with_hair(made: Triangulation, shape: Array, rng: np.random.Generator) -> Triangulation:
    """A cap over the scalp as a component of its own; sometimes the scalp below is gone."""
    points, faces = made.place(shape), made.triangles
    line = points[:, 1] - 0.03 + rng.normal(0, 0.01) > rng.uniform(0.2, 0.8) * (points[:, 2] - 0.02)
    scalp = line & (made.labels == 0) & (made.offsets == 0).all(1)
    cap = faces[scalp[faces].all(1)]
    if len(cap) < 50:
        return made
    used = np.unique(cap)
    row = np.full(len(points), -1)
    row[used] = len(points) + np.arange(len(used))
    out = points[used] - np.array([0.0, 0.0, -0.06])
    thickness = rng.uniform(0.004, 0.03) * (1 + 0.3 * np.sin(points[used] @ rng.normal(0, 60, 3)))
    away = thickness[:, None] * out / np.linalg.norm(out, axis=1, keepdims=True)
    kept = faces if rng.random() < 0.6 else faces[~scalp[faces].all(1)]
    return made.grown(used, away, np.concatenate([kept, row[cap]]))


def with_shoulders(made: Triangulation, shape: Array, rng: np.random.Generator) -> Triangulation:
    """Rings below the neck that widen to shoulders."""
    loops = [np.asarray(loop, np.int64) for loop in igl.boundary_loop_all(made.triangles)]
    points = made.place(shape)
    low = [loop for loop in loops if len(loop) > 12 and points[loop, 1].mean() < -0.09]
    if not low:
        return made
    loop = max(low, key=len)
    out = (points[loop] - points[loop].mean(0)) * [1, 0, 1]
    rings = int(rng.integers(2, 7))
    spread, drop = rng.uniform(0.0, 1.2), rng.uniform(0.01, 0.1)
    following = np.roll(np.arange(len(loop)), -1)
    inner = loop
    for ring in range(1, rings + 1):
        step = ring / rings
        shift = out * spread * step**1.5 + np.array([0.0, -drop * step, 0.0])
        outer = len(made.corners) + np.arange(len(loop))
        band = [np.stack([inner[following], inner, outer], 1), np.stack([inner[following], outer, outer[following]], 1)]
        made = made.grown(loop, made.offsets[loop] + shift, np.concatenate([made.triangles, *band]))
        inner = outer
    return made
