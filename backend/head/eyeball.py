# SPDX-License-Identifier: GPL-3.0-or-later
"""An eyeball on any face: how far out points are from it, and how it may turn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..kernels import kernel
from ..mesh.areas import triangle_areas
from ..mesh.normals import vertex_normals

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_FLAT = 1e-3  # of the mean volume between centre and facet; thinner ones have no direction
_EDGE = 1e-9  # of a barycentric coordinate
_FAR = 1e3
_MOST = 1.35  # of the eyeball's radius; a turned eyeball that reaches further was meant to
_COVERED, _FREE = 0.15, 0.3  # eyeball radii from the skin: nearer is beneath it, farther is not
_NEIGHBOURS = 8
_KEPT = 64  # surfaces


def eye_radius(eye: Array) -> tuple[Array, float]:
    """Centre (3,) and largest distance of the eyeball's vertices (P, 3) from it, metres."""
    centre = 0.5 * (eye.min(0) + eye.max(0))
    return centre, float(np.linalg.norm(eye - centre, axis=1).max())


class Eyeball:
    """An eyeball of a model, to be found on any face.

    Parameters
    ----------
    vertices
        Its P vertices, sorted.
    triangles
        (M, 3) of the whole model.
    """

    def __init__(self, vertices: Indices, triangles: NDArray[np.integer]) -> None:
        self.vertices = vertices
        own = triangles[np.isin(triangles, vertices).all(axis=1)]
        self._facets = np.searchsorted(vertices, own)
        self._found: dict[bytes, EyeSurface] = {}

    def surface(self, face: Array) -> "EyeSurface":
        """The eyeball's surface on a face (N, 3), turned and shaped as it is there."""
        own = face[self.vertices]
        key = own.tobytes()
        found = self._found.get(key)
        if found is None:
            found = EyeSurface.of(own, self._facets)
            if len(self._found) >= _KEPT:
                self._found.clear()
            self._found[key] = found
        return found

    def within(self, source: Array, own: Array, face: Array, turned: Array, lids: Indices) -> Array:
        """A turned eyeball (P, 3) that comes no nearer to a face's lids than the source's does to its own.

        No eyeball is a perfect ball. One that turns bulges where it did not before, and lids that the
        sculptor laid closely on it would have to give way, also those that the expression leaves still.
        Where the lids are as far out as the source's it may bulge as the source's does; where they
        are nearer, so much less, down to the surface that it has at rest.

        Parameters
        ----------
        source, face
            (N, 3) source face and styled face before the expression, metres.
        own, turned
            (P, 3) their turned eyeballs, metres.
        lids
            Vertices of the skin around the eyeball.
        """
        surface = self.surface(face)
        if not len(lids) or not len(surface.shares):
            return turned
        nearer = surface.gauge(face[lids])[0] - self.surface(source).gauge(source[lids])[0]
        away, near = cKDTree(face[lids]).query(turned, k=np.arange(min(_NEIGHBOURS, len(lids))) + 1)
        covered = np.clip((_FREE - away / surface.radius) / (_FREE - _COVERED), 0.0, 1.0)
        less = (covered * np.maximum(-nearer, 0.0)[near]).max(axis=1)
        distance = self._bulge(face, turned)
        allowed = np.maximum(self._bulge(source, own) - less, np.minimum(distance, 1.0))
        shift = turned.mean(0) - face[self.vertices].mean(0)
        centre = surface.centre + shift
        share = np.where((less > 0) & (distance < _MOST), np.minimum(allowed / distance, 1.0), 1.0)
        return centre + (turned - centre) * share[:, None]

    def _bulge(self, face: Array, turned: Array) -> Array:
        """(P,) gauge of a turned eyeball's vertices, against itself at rest where it has moved to."""
        shift = turned.mean(0) - face[self.vertices].mean(0)
        return self.surface(face).gauge(turned - shift)[0]


@dataclass(frozen=True, eq=False)
class EyeSurface:
    """An eyeball's facets about its centre.

    Attributes
    ----------
    centre
        (3,) metres.
    radius
        Largest distance of a vertex from the centre, metres.
    shares
        (T, 3, 3) rows that give a point's share, from the centre, of each corner of a facet.
    normals
        (T, 3, 3) outward unit normals at the corners of each facet.
    """

    centre: Array
    radius: float
    shares: Array
    normals: Array

    @staticmethod
    def of(points: Array, facets: Indices) -> "EyeSurface":
        """The surface with vertices (P, 3) and facets (T, 3); none of it where a sculptor has made the eyeball flat."""
        corners = points[facets]
        areas = np.maximum(triangle_areas(points, facets), 1e-18)
        centre = np.average(corners.mean(axis=1), axis=0, weights=areas)
        radius = float(np.linalg.norm(points - centre, axis=1).max())
        spokes = (corners - centre).swapaxes(1, 2)
        volumes = np.linalg.det(spokes)
        outwards = np.sign(volumes.sum())  # of a mesh whose triangles are wound the other way round, −1
        solid = outwards * volumes > _FLAT * abs(volumes.mean()) + 1e-18
        smooth = outwards * vertex_normals(points, facets)
        return EyeSurface(centre, radius, np.linalg.inv(spokes[solid]), smooth[facets[solid]])

    def gauge(self, points: Array) -> tuple[Array, Array]:
        """How far out points (P, 3) are, 1 on the eyeball and 2 twice as far from its centre, and normals (P, 3).

        A point in the cone of a facet is a sum of its corners, seen from the centre; the gauge is the
        sum of their shares (the Minkowski functional of a star-shaped body). Normals are
        interpolated with the shares, so that nothing jumps where a point passes an edge. Everything is
        far outside a flat eyeball.
        """
        if not len(self.shares):
            return np.full(len(points), _FAR), np.zeros_like(points)
        distances, facets = _gauge(points - self.centre, self.shares)
        shares = np.einsum("pcx,px->pc", self.shares[facets], points - self.centre)
        normals = np.einsum("pc,pcx->px", np.maximum(shares, 0.0), self.normals[facets])
        return distances, normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-18)


@kernel
def _gauge(points: Array, shares: Array) -> tuple[Array, NDArray[np.int64]]:
    """The gauge (P,), and the facet (P,) in whose cone each point is, or nearly is where the eyeball is open."""
    result, facets = np.empty(len(points)), np.zeros(len(points), dtype=np.int64)
    for index in range(len(points)):
        x, y, z = points[index]
        length, nearest = np.inf, -np.inf
        for facet in range(len(shares)):
            total, least = 0.0, np.inf
            for corner in range(3):
                share = shares[facet, corner, 0] * x + shares[facet, corner, 1] * y + shares[facet, corner, 2] * z
                total += share
                least = min(least, share)
            inside = least >= -_EDGE * total
            # Of several layers the outermost counts.
            if (inside and (nearest < 0.0 or total < length)) or (not inside and least > nearest):
                length, facets[index] = total, facet
                nearest = 0.0 if inside else least
        result[index] = length
    return result, facets
