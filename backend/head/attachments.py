# SPDX-License-Identifier: GPL-3.0-or-later
"""Thin pieces that ride on the skin (eyelashes): they keep their place on the lid and their shape."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..mesh.gradients import deformation_gradients
from ..mesh.poisson import PoissonSystem
from ..mesh.polar import nearest_rotations
from .template import TemplateSurface

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_ROOT_DISTANCE = 0.0015
_ROOT_WEIGHT = 2.0
_TIP_WEIGHT = 2e-3
_STILL = 1e-7


class SkinAttachment:
    """Vertices bound to their nearest skin point of the template by barycentric coordinates.

    Parameters
    ----------
    surface
        The template surface.
    vertices
        (P,) vertex indices of the attached pieces.
    """

    def __init__(self, surface: TemplateSurface, vertices: Indices) -> None:
        self._surface = surface
        self.vertices = vertices
        local = np.full(len(surface.vertices), -1, dtype=np.int32)
        local[vertices] = np.arange(len(vertices))
        inside = (local[surface.triangles] >= 0).all(axis=1)
        self._triangles = local[surface.triangles[inside]]
        self._corners, self._weights = surface.nearest_skin(surface.vertices[vertices])
        self._hosts, self._averaging = self._host_triangles()
        distance = np.linalg.norm(surface.vertices[vertices] - self._bound(surface.vertices), axis=1)
        anchors = np.where(distance < _ROOT_DISTANCE, _ROOT_WEIGHT, _TIP_WEIGHT)
        self._system = PoissonSystem(surface.vertices[vertices], self._triangles, anchors)

    def _host_triangles(self) -> tuple[Indices, sparse.csr_matrix]:
        """Rows of the triangles around the skin points, and the (P, H) mean of their values there."""
        surface, count = self._surface, len(self.vertices)
        near = np.zeros(len(surface.vertices), dtype=bool)
        near[self._corners] = True
        hosts = np.flatnonzero(near[surface.triangles].any(axis=1))
        rows = np.repeat(np.arange(count), 3)
        points = sparse.csr_matrix((self._weights.ravel(), (rows, self._corners.ravel())), shape=(count, len(near)))
        return hosts, sparse.csr_matrix(points @ surface.averaging[:, hosts])

    def _bound(self, vertices: Array) -> Array:
        return np.einsum("pk,pkx->px", self._weights, vertices[self._corners])

    def _rotations(self, start: Array, end: Array) -> Array:
        gradients = deformation_gradients(start, end, self._surface.triangles[self._hosts])
        mean = (self._averaging @ gradients.reshape(-1, 9)).reshape(-1, 3, 3)
        return nearest_rotations(mean)

    def follow(self, start: Array, end: Array) -> Array:
        """Positions (P, 3) of the pieces after the skin has moved from ``start`` to ``end``.

        Parameters
        ----------
        start
            (N, 3) whole surface with the pieces in place.
        end
            (N, 3) whole surface; only its skin is read.
        """
        if np.abs(end[self._corners] - start[self._corners]).max() < _STILL:
            return start[self.vertices]
        rotation = self._rotations(start, end)
        placed = start[self.vertices]
        offset = placed - self._bound(start)
        anchors = self._bound(end) + np.einsum("pij,pj->pi", rotation, offset)
        triangle_rotation = nearest_rotations(rotation[self._triangles].mean(axis=1))
        edges = np.einsum("mij,mkj->mki", triangle_rotation, self._system.edges(placed))
        return self._system.solve(edges[None], anchors[None])[0]
