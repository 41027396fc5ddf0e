# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixed triangulation that every face of a morphable model shares, with what is derived from it."""

from dataclasses import dataclass
from functools import cached_property

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..mesh.areas import triangle_areas, vertex_areas
from ..mesh.topology import largest_component, ring_neighbours

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_CONTACT_RINGS = 5


@dataclass(frozen=True, eq=False)
class Component:
    """One inner part: an eyeball, a row of teeth, the lashes."""

    part: str
    vertices: Indices


@dataclass(frozen=True, eq=False)
class TemplateSurface:
    """Template vertices and triangles of one topology.

    Attributes
    ----------
    vertices
        (N, 3) template positions, metres.
    triangles
        (M, 3) int32.
    vertex_part
        (N,) name of the part that each vertex belongs to.
    """

    vertices: Array
    triangles: NDArray[np.int32]
    vertex_part: NDArray[np.str_]

    @cached_property
    def skin(self) -> Indices:
        """Vertices of the largest connected component: the skin with its eye sockets and mouth bag."""
        return largest_component(self.triangles, len(self.vertices))

    @cached_property
    def is_skin(self) -> NDArray[np.bool_]:
        """(N,) True on `skin`."""
        mask = np.zeros(len(self.vertices), dtype=bool)
        mask[self.skin] = True
        return mask

    @cached_property
    def inner_components(self) -> tuple[Component, ...]:
        """Everything else, part by part in vertex order: an eyeball may have several shells, a jaw many teeth."""
        loose = np.flatnonzero(~self.is_skin)
        names, first = np.unique(self.vertex_part[loose], return_index=True)
        return tuple(Component(str(name), loose[self.vertex_part[loose] == name]) for name in names[np.argsort(first)])

    @cached_property
    def areas(self) -> Array:
        """(M,) triangle areas of the template, m²."""
        return triangle_areas(self.vertices, self.triangles)

    @cached_property
    def masses(self) -> Array:
        """(N,) vertex areas of the template, m²."""
        return vertex_areas(self.vertices, self.triangles)

    @cached_property
    def neighbours(self) -> sparse.csr_matrix:
        """Pattern of vertices too close along the surface to count as touching."""
        return ring_neighbours(self.triangles, len(self.vertices), _CONTACT_RINGS)

    @cached_property
    def averaging(self) -> sparse.csc_matrix:
        """(N, M) sums area-weighted triangle values around each vertex, divided by their areas."""
        count = len(self.vertices)
        corners = self.triangles.ravel()
        weights = np.repeat(np.maximum(self.areas, 1e-12), 3)
        matrix = sparse.csr_matrix(
            (weights, (corners, np.repeat(np.arange(len(self.triangles)), 3))), shape=(count, len(self.triangles))
        )
        total = np.maximum(np.asarray(matrix.sum(1)).ravel(), 1e-18)
        return sparse.csc_matrix(sparse.diags(1.0 / total) @ matrix)

    def average_to_vertices(self, values: Array, triangles: Indices | None = None) -> Array:
        """Area-weighted mean (N, ...) of per-triangle values (M, ...) around each vertex.

        With ``triangles`` given, ``values`` are of these triangles only, and the result is right
        for vertices all of whose triangles are among them.
        """
        matrix = self.averaging if triangles is None else self.averaging[:, triangles]
        return (matrix @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:])

    def nearest_skin(self, points: Array) -> tuple[NDArray[np.int32], Array]:
        """Closest point of the template's skin: triangle corners (P, 3) and barycentric weights (P, 3)."""
        skin_triangles = self.triangles[self.is_skin[self.triangles].all(axis=1)]
        found = igl.point_mesh_squared_distance(
            np.ascontiguousarray(points), np.ascontiguousarray(self.vertices), skin_triangles.astype(np.int64)
        )
        corners = skin_triangles[np.asarray(found[1], dtype=np.int64)]
        weights = igl.barycentric_coordinates(
            found[2], self.vertices[corners[:, 0]], self.vertices[corners[:, 1]], self.vertices[corners[:, 2]]
        )
        return corners, np.asarray(weights, dtype=np.float64)
