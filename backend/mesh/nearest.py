# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest surface points that also face the same way: what keeps upper and lower lip apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from .areas import area_vectors

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_CANDIDATES = 4


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """P points on a triangulated surface.

    Attributes
    ----------
    triangle
        (P,) row of the triangle.
    weights
        (P, 3) barycentric.
    points
        (P, 3).
    distance
        (P,) Euclidean distance of the query.
    """

    triangle: Indices
    weights: Array
    points: Array
    distance: Array


class SurfaceIndex:
    """Nearest points on triangles, among those that face like the query.

    Sample points of the triangles are indexed by position and normal together; the exact nearest
    point is then found on the triangles of the best few samples.

    Parameters
    ----------
    vertices, triangles
        (N, 3) and (M, 3).
    spacing
        Wanted distance of samples, in the unit of ``vertices``.
    normal_weight
        Length that a difference of one in the unit normals counts for.
    """

    def __init__(self, vertices: Array, triangles: NDArray[np.integer], spacing: float, normal_weight: float) -> None:
        self.triangles = np.asarray(triangles, np.int64)
        self._corner = vertices[self.triangles]
        cross = area_vectors(vertices, self.triangles)
        doubled = np.linalg.norm(cross, axis=1)
        self.normals = cross / np.maximum(doubled, 1e-30)[:, None]
        self._normal_weight = normal_weight
        per_side = np.clip(np.ceil(np.sqrt(doubled) / spacing), 1, 4).astype(int)
        owners, points = [], []
        for side in range(1, 5):
            rows = np.flatnonzero(per_side == side)
            if len(rows):
                weights = _lattice(side)
                owners.append(np.repeat(rows, len(weights)))
                points.append(np.einsum("sk,rkx->rsx", weights, self._corner[rows]).reshape(-1, 3))
        self._owner = np.concatenate(owners)
        features = np.concatenate([np.concatenate(points), normal_weight * self.normals[self._owner]], axis=1)
        self._tree = KDTree(features, balanced_tree=False, compact_nodes=False)

    def nearest(self, points: Array, normals: Array) -> SurfacePoints:
        """The surface point nearest to each of (P, 3) points with unit normals (P, 3)."""
        query = np.concatenate([points, self._normal_weight * normals], axis=1)
        _, found = self._tree.query(query, k=_CANDIDATES)
        triangle = self._owner[np.minimum(found, len(self._owner) - 1)]
        weights = closest_weights(points[:, None], self._corner[triangle])
        places = np.einsum("pck,pckx->pcx", weights, self._corner[triangle])
        away = ((places - points[:, None]) ** 2).sum(2)
        turn = ((self.normals[triangle] - normals[:, None]) ** 2).sum(2)
        best = (away + self._normal_weight**2 * turn).argmin(1)
        rows = np.arange(len(points))
        return SurfacePoints(triangle[rows, best], weights[rows, best], places[rows, best], np.sqrt(away[rows, best]))


def _lattice(side: int) -> Array:
    """Barycentric weights of the centres of the side² small triangles of a triangle."""
    weights = []
    for i in range(side):
        for j in range(side - i):
            weights.append((i + 1 / 3, j + 1 / 3))
            if i + j < side - 1:
                weights.append((i + 2 / 3, j + 2 / 3))
    first = np.array(weights) / side
    return np.concatenate([first, 1 - first.sum(1, keepdims=True)], axis=1)


def closest_weights(points: Array, corner: Array) -> Array:
    """Barycentric weights (..., 3) of the point of a triangle (..., 3, 3) nearest to (..., 3) points.

    The projection on the plane where that falls inside, otherwise the best of the three edges.
    """
    a, b, c = corner[..., 0, :], corner[..., 1, :], corner[..., 2, :]
    ab, ac, ap = b - a, c - a, points - a
    aa, bb, cc = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d, e = (ab * ap).sum(-1), (ac * ap).sum(-1)
    determinant = aa * cc - bb * bb
    safe = np.where(determinant > 0, determinant, 1)
    v, w = (cc * d - bb * e) / safe, (aa * e - bb * d) / safe
    inside = (v >= 0) & (w >= 0) & (v + w <= 1) & (determinant > 0)
    best = np.stack([1 - v - w, v, w], axis=-1)
    least = np.where(inside, -1.0, np.inf)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, edge = corner[..., first, :], corner[..., second, :] - corner[..., first, :]
        length = np.maximum((edge * edge).sum(-1), 1e-30)
        along = np.clip(((points - start) * edge).sum(-1) / length, 0, 1)
        away = ((start + along[..., None] * edge - points) ** 2).sum(-1)
        nearer = away < least
        weights = np.zeros_like(best)
        weights[..., first], weights[..., second] = 1 - along, along
        best = np.where(nearer[..., None], weights, best)
        least = np.where(nearer, away, least)
    return best


def on_border(found: SurfacePoints, border: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether nearest points lie on the mesh's rim, beyond which the template goes on."""
    return np.asarray(((found.weights < 1e-6) & border[found.triangle]).any(1))
