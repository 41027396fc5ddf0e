# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps lid skin outside the eyeball that it slides over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..inner_parts import AffineFit

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_REACH = 1.35  # in eyeball radii: how near skin must come in the pose to be guarded
_CLEARANCE = 1.03  # in eyeball radii: no vertex needs to keep further out than this


def eye_radius(eye: Array) -> tuple[Array, float]:
    """Centre (3,) and largest distance of the eyeball's vertices (P, 3) from it, metres."""
    centre = 0.5 * (eye.min(0) + eye.max(0))
    return centre, float(np.linalg.norm(eye - centre, axis=1).max())


@dataclass(frozen=True, eq=False)
class EyeGuard:
    """Skin vertices that pass over an eyeball in one expression.

    Attributes
    ----------
    vertices
        (G,) guarded vertices.
    eye_of
        (G,) which eyeball each one passes over.
    eyes
        The eyeballs.
    clear
        (G,) how far out the vertices are in the source's pose of the template, as `distances`.
    """

    vertices: Indices
    eye_of: Indices
    eyes: "tuple[Eyeball, ...]"
    clear: Array

    @staticmethod
    def build(template: Array, posed: Array, moving: Indices, eyes: Sequence[Indices]) -> "EyeGuard | None":
        """Find vertices in front of an eyeball in the source's pose; None where there are none.

        Parameters
        ----------
        template, posed
            (N, 3) template and the pose in question, metres.
        moving
            Vertices that may be guarded.
        eyes
            Vertex indices of each eyeball.
        """
        vertices: list[Indices] = []
        owners: list[Indices] = []
        balls = tuple(Eyeball(template, eye) for eye in eyes)
        for number, ball in enumerate(balls):
            unit = ball.space(posed).to_unit(posed[moving])
            near = (np.linalg.norm(unit, axis=1) < _REACH) & (unit[:, 2] > 0)
            vertices.append(moving[near])
            owners.append(np.full(near.sum(), number))
        found = np.concatenate(vertices) if vertices else np.zeros(0, dtype=np.intp)
        if not len(found):
            return None
        owner = np.concatenate(owners)
        guard = EyeGuard(found, owner, balls, np.zeros(0))
        return replace(guard, clear=guard.distances(posed))

    def __len__(self) -> int:
        return len(self.vertices)

    def distances(self, face: Array) -> Array:
        """(G,) how far out the guarded vertices of a face (N, 3) are, in radii of their own eyeballs."""
        result = np.zeros(len(self))
        for number, eye in enumerate(self.eyes):
            own = self.eye_of == number
            if not own.any():
                continue
            unit = eye.space(face).to_unit(face[self.vertices[own]])
            result[own] = np.linalg.norm(unit, axis=1)
        return result

    def shortfall(self, source: Array, target: Array) -> Array:
        """(G,) how much nearer to their eyeballs guarded vertices are on a styled face than they should be, in radii."""
        needed = np.minimum(self.distances(source), _CLEARANCE)
        return np.maximum(needed - self.distances(target), 0.0)

    def limits(self, positions: Array, enough: Array, target: Array) -> tuple[Array, Array]:
        """Where the guarded vertices would be just far enough out, and the way out there.

        Parameters
        ----------
        positions
            (G, 3) where they are, metres.
        enough
            (G,) how far out each vertex should be, as `distances` of a face that is right; none
            needs more than a small clearance.
        target
            (N, 3) face whose eyeballs must stay covered.

        Returns
        -------
        Points (G, 3) in metres, on the same ray from the eyeball's centre, and unit normals (G, 3).
        """
        limits, outwards = np.empty_like(positions), np.empty_like(positions)
        for number, eye in enumerate(self.eyes):
            own = self.eye_of == number
            if not own.any():
                continue
            space = eye.space(target)
            unit = space.to_unit(positions[own])
            distance = np.maximum(np.linalg.norm(unit, axis=1), 1e-9)
            outwards[own] = space.normals(unit)
            limits[own] = space.from_unit(unit * (np.minimum(enough[own], _CLEARANCE) / distance)[:, None])
        return limits, outwards


class Eyeball:
    """An eyeball of the template and its coordinates on any face.

    Parameters
    ----------
    template
        (N, 3) template positions, metres.
    vertices
        The eyeball's vertices.
    """

    def __init__(self, template: Array, vertices: Indices) -> None:
        own = template[vertices]
        self.vertices = vertices
        self._fit = AffineFit(own)
        centre, self._radius = eye_radius(own)
        self._offset = centre - self._fit.centroid

    def space(self, face: Array) -> "_EyeSpace":
        """Coordinates about this eyeball on a face (N, 3)."""
        eye = face[self.vertices]
        shape = self._fit(eye)
        return _EyeSpace(eye.mean(0) + shape @ self._offset, self._radius * shape)


@dataclass(frozen=True, eq=False)
class _EyeSpace:
    """Coordinates in which an eyeball of any shape is the unit sphere."""

    centre: Array
    shape: Array

    def to_unit(self, points: Array) -> Array:
        return (points - self.centre) @ np.linalg.inv(self.shape).T

    def from_unit(self, points: Array) -> Array:
        return self.centre + points @ self.shape.T

    def normals(self, unit: Array) -> Array:
        """Unit normals (P, 3) of the scaled eyeballs through points that are given in unit space."""
        normals = unit @ np.linalg.inv(self.shape)
        return normals / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)[:, None]
