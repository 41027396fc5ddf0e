# SPDX-License-Identifier: GPL-3.0-or-later
"""A triangulation of a morphable model's head whose vertices are points of the model's surface."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...mesh_encoder.labels import OTHER

Array = NDArray[np.floating[Any]]
Indices = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Triangulation:
    """Vertices as surface points of a model, so that every face of it can be triangulated alike.

    Attributes
    ----------
    corners, weights
        (n, 3) vertex indices of the model and barycentric weights.
    offsets
        (n, 3) metres, added to the surface point: what no face of the model has, a style, hair, shoulders.
    labels
        (n,) uint8, see `mesh_encoder.labels`.
    triangles
        (m, 3).
    """

    corners: Indices
    weights: Array
    offsets: Array
    labels: NDArray[np.uint8]
    triangles: Indices

    def place(self, vertices: Array) -> Array:
        """Positions (n, 3) on a face (N, 3) of the model, metres."""
        return (vertices[self.corners] * self.weights[..., None]).sum(1) + self.offsets

    def grown(self, rows: Indices, offsets: Array, triangles: Indices, label: int = OTHER) -> "Triangulation":
        """More vertices, at the surface points of those in ``rows`` but off them by ``offsets``; all triangles anew."""
        return Triangulation(
            np.concatenate([self.corners, self.corners[rows]]),
            np.concatenate([self.weights, self.weights[rows]]),
            np.concatenate([self.offsets, offsets]),
            np.concatenate([self.labels, np.full(len(rows), label, np.uint8)]),
            triangles,
        )

    def compact(self) -> "Triangulation":
        """The same in single precision and short integers, as a pool keeps it."""
        return Triangulation(
            self.corners.astype(np.int32),
            self.weights.astype(np.float32),
            self.offsets.astype(np.float32),
            self.labels,
            self.triangles.astype(np.int32),
        )
