# SPDX-License-Identifier: GPL-3.0-or-later
"""A small sculpting kit: brushes with geodesic falloff on a mirrored head, lengths in millimetres."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import dijkstra

from ..mesh.normals import vertex_normals
from ..mesh.topology import vertex_adjacency
from ..morphable_model import MorphableModel

Weights = NDArray[np.float64]
Points = NDArray[np.float64]
_AXIS = np.array([-1.0, 1.0, 1.0])


def bump(distance: ArrayLike, radius: float) -> Weights:
    """1 at distance 0, 0 from ``radius`` on, with level ends: (1 − (d/r)²)²."""
    return np.clip(1 - (np.asarray(distance) / radius) ** 2, 0, None) ** 2


class Sculpture:
    """A head under the sculptor's hands; every stroke is made on both sides at once.

    Parameters
    ----------
    model
        Gives topology, mirror, landmarks and regions.
    neutral
        (N, 3) exactly symmetric points to start from, millimetres.

    Attributes
    ----------
    points
        (N, 3) the sculpt so far, millimetres.
    """

    def __init__(self, model: MorphableModel, neutral: Points) -> None:
        if model.mirror is None or model.landmarks is None:
            raise ValueError("sculpting needs a mirror map and landmarks")
        self.model, self.neutral, self.points = model, neutral, neutral.copy()
        self._mirror = model.mirror
        self.landmarks = model.landmarks
        links = vertex_adjacency(model.polygons, len(neutral)).tocoo()
        length = np.linalg.norm(neutral[links.row] - neutral[links.col], axis=1)
        self._graph = csr_array((length, (links.row, links.col)), shape=links.shape)
        self._average = diags_array(1 / np.maximum(links.sum(1).A1, 1)) @ csr_array(links)

    def distance(self, seeds: Sequence[int] | NDArray[np.integer]) -> Weights:
        """Length (N,) of the shortest path along edges of the neutral from the nearest seed."""
        return dijkstra(self._graph, directed=False, indices=np.asarray(seeds), min_only=True)

    def near(self, seeds: Sequence[int] | NDArray[np.integer], radius: float, smooth: int = 4) -> Weights:
        """Brush weights (N,) around vertices, from geodesic distance, smoothed over the mesh."""
        return self.smoothed(bump(self.distance(seeds), radius), smooth)

    def around(self, centre: ArrayLike, radius: float) -> Weights:
        """Brush weights (N,) around a point in space; they reach inner parts as well as skin."""
        return bump(np.linalg.norm(self.neutral - np.asarray(centre), axis=1), radius)

    def smoothed(self, values: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
        """Values (N, …) averaged ``steps`` times half-way with their neighbours'."""
        for _ in range(steps):
            values = 0.5 * values + 0.5 * (self._average @ values)
        return values

    def move(self, weights: Weights, vector: ArrayLike) -> None:
        """Add ``weights`` × ``vector`` (3,) or (N, 3), and its mirror image.

        Where a stroke meets its mirror image, on the middle line, the two are averaged by their
        weights, so that nothing is moved twice.
        """
        stroke = weights[:, None] * np.asarray(vector, np.float64)
        other = stroke[self._mirror] * _AXIS
        mine, theirs = weights[:, None], weights[self._mirror][:, None]
        total = np.maximum(mine + theirs, 1e-12)
        self.points = self.points + (stroke * mine + other * theirs) / total

    def inflate(self, weights: Weights, height: float) -> None:
        """Move along the neutral's smoothed normals by ``height``; negative carves."""
        self.move(weights, height * self.normals())

    def transform(self, weights: Weights, change: Callable[[Points], Points]) -> None:
        """Blend each point towards ``change`` of it; ``weights`` belong to the subject's left side."""
        self.move(weights, change(self.points) - self.points)

    def normals(self) -> Points:
        """Unit vertex normals (N, 3) of the sculpt so far, smoothed."""
        total = self.smoothed(vertex_normals(self.points, self.model.triangles), 3)
        return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)

    def relax(self, weights: Weights, steps: int) -> None:
        """Smooth the displacement from the neutral where ``weights`` (N,) say so."""
        share = np.maximum(weights, weights[self._mirror])[:, None]
        moved = self.points - self.neutral
        for _ in range(steps):
            moved = moved + 0.5 * share * (self._average @ moved - moved)
        moved = (moved + moved[self._mirror] * _AXIS) / 2
        self.points = self.neutral + moved

    def follow(self, free: NDArray[np.bool_], steps: int = 400) -> None:
        """Let ``free`` vertices take the displacement that their fixed neighbours spread to them."""
        moved = self.points - self.neutral
        for _ in range(steps):
            moved[free] = (self._average @ moved)[free]
        moved = (moved + moved[self._mirror] * _AXIS) / 2
        self.points = self.neutral + moved
