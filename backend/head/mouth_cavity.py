# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the mouth bag behind the cheeks and lips that cover it."""

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..mesh.gradients import triangle_frames
from .template import TemplateSurface

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_RIM = 0.0025  # m; nearer vertices belong to the lips' inner edge
THICKNESS = 0.0015
"""Flesh that must stay between the bag and the outside, metres."""

_TOUCHING = 1e-9  # m; a point on the skin has no direction from it


@dataclass(frozen=True, eq=False)
class CavityGuard:
    """Vertices of a cavity in the skin and the outer skin that must cover them.

    Attributes
    ----------
    vertices
        (G,) guarded vertices of the whole surface.
    outer
        (T, 3) int64 triangles of the outer skin.
    """

    vertices: Indices
    outer: NDArray[np.int64]

    @staticmethod
    def build(surface: TemplateSurface) -> "CavityGuard | None":
        """Guard the template's mouth bag; None where the template has none."""
        cavity = np.flatnonzero(surface.vertex_part == "mouth_cavity")
        is_outer = surface.vertex_part == "face_head"
        outer = surface.triangles[is_outer[surface.triangles].all(axis=1)].astype(np.int64)
        if not len(cavity) or not len(outer):
            return None
        distance = np.sqrt(igl.point_mesh_squared_distance(surface.vertices[cavity], surface.vertices, outer)[0])
        return CavityGuard(cavity[distance > _RIM], outer)

    def __len__(self) -> int:
        return len(self.vertices)

    def rows(self, members: Indices) -> sparse.csr_matrix:
        """(G, len(members)) matrix that picks the guarded vertices among sorted ``members``."""
        columns = np.searchsorted(members, self.vertices)
        return sparse.csr_matrix((np.ones(len(self)), (np.arange(len(self)), columns)), shape=(len(self), len(members)))

    def depth(self, face: Array) -> Array:
        """(G,) how far the guarded vertices of a face (N, 3) lie behind its outer skin, metres; outside < 0."""
        return self._depth_and_way_out(face)[0]

    def project(self, face: Array, enough: Array | float = THICKNESS) -> Array:
        """Nearest positions (G, 3) that lie deep enough behind the outer skin of ``face``, metres.

        Parameters
        ----------
        face
            (N, 3) a face whose bag may poke through its cheeks.
        enough
            (G,) depth that each vertex needs, metres: one that a sculptor put closer to the skin, or
            outside it, may stay there.
        """
        depth, way_out = self._depth_and_way_out(face)
        return face[self.vertices] - np.maximum(enough - depth, 0.0)[:, None] * way_out

    def _depth_and_way_out(self, face: Array) -> tuple[Array, Array]:
        """(G,) depths, and (G, 3) unit directions in which they decrease fastest.

        The outer skin is open at lips, eyes and neck, where the normal of the nearest triangle says
        nothing about inside and outside; the generalised winding number does (Jacobson et al.,
        "Robust inside-outside segmentation using generalized winding numbers", SIGGRAPH 2013).
        """
        face = np.ascontiguousarray(face)
        points = np.ascontiguousarray(face[self.vertices])
        squared, triangle, closest = map(np.asarray, igl.point_mesh_squared_distance(points, face, self.outer))
        inside = np.asarray(igl.winding_number(face, self.outer, points)) > 0.5
        distance = np.sqrt(squared)
        away = (closest - points) * np.where(inside, 1.0, -1.0)[:, None]
        touching = distance < _TOUCHING
        normals = triangle_frames(face, self.outer[triangle[touching]].astype(np.int32))[..., 2]
        away /= np.maximum(distance, _TOUCHING)[:, None]
        away[touching] = normals
        return np.where(inside, distance, -distance), away
