# SPDX-License-Identifier: GPL-3.0-or-later
"""What heads of artists and scanners have and a head model has not: a cap of hair, and shoulders."""

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray

from ...mesh_encoder.labels import OTHER

Array = NDArray[np.float64]
Faces = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Piece:
    """A triangulation in the making, in full precision; fields as in `triangulation.Triangulation`."""

    corners: NDArray[np.int64]
    weights: Array
    offsets: Array
    labels: NDArray[np.uint8]
    faces: Faces

    def positions(self, shape: Array) -> Array:
        """(n, 3) on a face (N, 3) of the model, metres."""
        return (shape[self.corners] * self.weights[..., None]).sum(1) + self.offsets

    def grown(self, rows: NDArray[np.int64], offsets: Array, faces: Faces) -> "Piece":
        """More vertices that lie off those in ``rows`` by ``offsets`` and belong to nothing of the model; all faces."""
        return Piece(
            np.concatenate([self.corners, self.corners[rows]]),
            np.concatenate([self.weights, self.weights[rows]]),
            np.concatenate([self.offsets, offsets]),
            np.concatenate([self.labels, np.full(len(rows), OTHER, np.uint8)]),
            faces,
        )


def with_hair(piece: Piece, shape: Array, rng: np.random.Generator) -> Piece:
    """A cap over the scalp as a component of its own; sometimes the scalp below is gone."""
    points, faces = piece.positions(shape), piece.faces
    line = points[:, 1] - 0.03 + rng.normal(0, 0.01) > rng.uniform(0.2, 0.8) * (points[:, 2] - 0.02)
    scalp = line & (piece.labels == 0) & (piece.offsets == 0).all(1)
    cap = faces[scalp[faces].all(1)]
    if len(cap) < 50:
        return piece
    used = np.unique(cap)
    row = np.full(len(points), -1)
    row[used] = len(points) + np.arange(len(used))
    out = points[used] - np.array([0.0, 0.0, -0.06])
    thickness = rng.uniform(0.004, 0.03) * (1 + 0.3 * np.sin(points[used] @ rng.normal(0, 60, 3)))
    away = thickness[:, None] * out / np.linalg.norm(out, axis=1, keepdims=True)
    kept = faces if rng.random() < 0.6 else faces[~scalp[faces].all(1)]
    return piece.grown(used, away, np.concatenate([kept, row[cap]]))


def with_shoulders(piece: Piece, shape: Array, rng: np.random.Generator) -> Piece:
    """Rings below the neck that widen to shoulders."""
    loops = [np.asarray(loop, np.int64) for loop in igl.boundary_loop_all(piece.faces)]
    points = piece.positions(shape)
    low = [loop for loop in loops if len(loop) > 12 and points[loop, 1].mean() < -0.09]
    if not low:
        return piece
    loop = max(low, key=len)
    out = (points[loop] - points[loop].mean(0)) * [1, 0, 1]
    rings = int(rng.integers(2, 7))
    spread, drop = rng.uniform(0.0, 1.2), rng.uniform(0.01, 0.1)
    following = np.roll(np.arange(len(loop)), -1)
    inner = loop
    for ring in range(1, rings + 1):
        step = ring / rings
        shift = out * spread * step**1.5 + np.array([0.0, -drop * step, 0.0])
        outer = len(piece.corners) + np.arange(len(loop))
        band = [
            np.stack([inner[following], inner, outer], 1),
            np.stack([inner[following], outer, outer[following]], 1),
        ]
        piece = piece.grown(loop, piece.offsets[loop] + shift, np.concatenate([piece.faces, *band]))
        inner = outer
    return piece
