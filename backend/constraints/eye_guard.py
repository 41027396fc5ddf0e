# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps lid skin outside the eyeball that it slides over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..head.eyeball import Eyeball
from ..mesh.topology import unique_edges

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_REACH = 1.35  # in eyeball radii: how near skin must come in the pose to be guarded
_HIDDEN = 0.97  # in eyeball radii: skin that is further in on the template is seen by nobody
_CLEARANCE = 1.15  # in eyeball radii: no point needs to keep further out than this
_LONG = 0.12  # in eyeball radii; chords that are shorter dip into a ball by less than a five-hundredth of it
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class EyeGuard:
    """Points of the skin that pass over an eyeball in one expression: vertices, and middles of edges.

    Attributes
    ----------
    ends
        (G, 2) vertices between which the guarded points lie halfway; twice the same one for a vertex.
    eye_of
        (G,) which eyeball each one passes over.
    eyes
        The eyeballs.
    clear
        (G,) how far out the points are in the source's pose of the template, as `distances`.
    """

    ends: Indices
    eye_of: Indices
    eyes: "tuple[Eyeball, ...]"
    clear: Array

    @staticmethod
    def build(
        template: Array, posed: Array, moving: Indices, eyes: "Sequence[Eyeball]", triangles: NDArray[np.integer] | None
    ) -> "EyeGuard | None":
        """Find points in front of an eyeball in the source's pose; None where there are none.

        Parameters
        ----------
        template, posed
            (N, 3) template and the pose in question, metres.
        moving
            Vertices that may be guarded.
        eyes
            The eyeballs.
        triangles
            (M, 3) those whose long edges are guarded too; None for vertices alone.
        """
        points: list[Indices] = []
        owners: list[Indices] = []
        for number, ball in enumerate(eyes):
            surface = ball.surface(posed)
            ahead = posed[moving, 2] > surface.centre[2]
            distance = surface.gauge(posed[moving])[0]
            near = moving[ahead & (distance < _REACH) & (distance > _HIDDEN)]
            points.append(np.repeat(near[:, None], 2, axis=1))
            if triangles is not None:
                points.append(_long_edges(template, triangles, near, _LONG * ball.surface(template).radius))
            owners.append(np.full(sum(map(len, points)) - sum(map(len, owners)), number))
        found = np.concatenate(points) if points else np.zeros((0, 2), dtype=np.intp)
        if not len(found):
            return None
        owner = np.concatenate(owners)
        guard = EyeGuard(found, owner, tuple(eyes), np.zeros(0))
        return replace(guard, clear=guard.distances(posed))

    def __len__(self) -> int:
        return len(self.ends)

    def positions(self, face: Array) -> Array:
        """(G, 3) the guarded points of a face (N, 3), metres."""
        return 0.5 * (face[self.ends[:, 0]] + face[self.ends[:, 1]])

    def distances(self, face: Array) -> Array:
        """(G,) how far out the guarded points of a face (N, 3) are, see `EyeSurface.gauge`."""
        result, positions = np.zeros(len(self)), self.positions(face)
        for number, eye in enumerate(self.eyes):
            own = self.eye_of == number
            if own.any():
                result[own] = eye.surface(face).gauge(positions[own])[0]
        return result

    def shortfall(self, source: Array, target: Array) -> Array:
        """(G,) how much nearer to their eyeballs guarded points are on a styled face than they should be."""
        needed = np.minimum(self.distances(source), _CLEARANCE)
        return np.maximum(needed - self.distances(target), 0.0)

    def ways_out(self, face: Array, enough: Array) -> tuple[Array, Array]:
        """How the guarded points of a face (N, 3) would get just far enough out, and the way out there.

        ``enough`` (G,) is how far out each point should be, as `distances` of a face that is right; none
        needs more than a small clearance.

        Returns
        -------
        Moves (G, 3) along the rays from the eyeballs' centres, metres, and unit normals (G, 3).
        """
        positions = self.positions(face)
        limits, outwards = np.empty_like(positions), np.empty_like(positions)
        for number, eye in enumerate(self.eyes):
            own = self.eye_of == number
            if not own.any():
                continue
            surface = eye.surface(face)
            distance, outwards[own] = surface.gauge(positions[own])
            share = np.minimum(enough[own], _CLEARANCE) / np.maximum(distance, _TINY)
            limits[own] = surface.centre + (positions[own] - surface.centre) * share[:, None]
        return limits - positions, outwards


def _long_edges(vertices: Array, triangles: NDArray[np.integer], among: Indices, length: float) -> Indices:
    """(K, 2) edges longer than ``length`` between some of the vertices (N, 3)."""
    chosen = np.zeros(len(vertices), dtype=bool)
    chosen[among] = True
    ends = unique_edges(triangles)
    ends = ends[chosen[ends].all(axis=1)]
    return ends[np.linalg.norm(vertices[ends[:, 0]] - vertices[ends[:, 1]], axis=1) > length].astype(np.intp)
