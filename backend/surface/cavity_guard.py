# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the mouth bag behind the cheeks and lips that cover it."""

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .gradients import triangle_frames
from .template import TemplateSurface

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_RIM = 0.0025  # m; nearer vertices belong to the lips' inner edge
_THICKNESS = 0.0015  # m; flesh that must stay between the bag and the outside


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
    def build(
        surface: TemplateSurface, cavity_part: str = "mouth_cavity", outer_part: str = "face_head"
    ) -> "CavityGuard | None":
        """Guard the template's mouth bag; None where the template has none."""
        cavity = np.flatnonzero(surface.vertex_part == cavity_part)
        is_outer = surface.vertex_part == outer_part
        outer = surface.triangles[is_outer[surface.triangles].all(axis=1)].astype(np.int64)
        if not len(cavity) or not len(outer):
            return None
        distance = np.sqrt(
            igl.point_mesh_squared_distance(surface.vertices[cavity], surface.vertices, outer)[0]
        )
        return CavityGuard(cavity[distance > _RIM], outer)

    def __len__(self) -> int:
        return len(self.vertices)

    def rows(self, members: Indices) -> sparse.csr_matrix:
        """(G, len(members)) matrix that picks the guarded vertices among sorted ``members``."""
        columns = np.searchsorted(members, self.vertices)
        return sparse.csr_matrix(
            (np.ones(len(self)), (np.arange(len(self)), columns)), shape=(len(self), len(members))
        )

    def project(self, surface: Array) -> Array:
        """Nearest positions (G, 3) that lie at least the flesh's thickness behind the outer skin, metres."""
        points = np.ascontiguousarray(surface[self.vertices])
        found = igl.point_mesh_squared_distance(points, np.ascontiguousarray(surface), self.outer)
        triangle, closest = np.asarray(found[1], dtype=np.int64), np.asarray(found[2], dtype=np.float64)
        normal = triangle_frames(surface, self.outer[triangle])[..., 2]
        depth = -np.einsum("gx,gx->g", points - closest, normal)
        return points - np.maximum(_THICKNESS - depth, 0.0)[:, None] * normal * (depth < _THICKNESS)[:, None]
