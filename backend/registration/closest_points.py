# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fitted face's vertices find their places on a mesh, and which of these places can be believed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..mesh.clean_mesh import CleanMesh
from ..mesh.nearest import SurfaceIndex, on_border
from ..mesh.similarity import Similarity
from ..mesh.topology import border_edges
from .flattening import squared_edges

Array = NDArray[np.float64]

_FACING = 0.5  # least cosine between normals that may belong together
_SPACING = 0.003  # m, samples of the mesh's surface
_NORMAL_WEIGHT = 0.01  # m


@dataclass(frozen=True, eq=False)
class Places:
    """The places that P points found on a mesh, in the frame that the mesh was laid into.

    Attributes
    ----------
    points, normals
        (P, 3) metres, and the mesh's interpolated unit normals there.
    distance
        (P,) metres.
    facing
        (P,) cosine between the normals of the point and of its place.
    trust
        (P,) between 0 and 1; 0 where the normals part, where the mesh ends, and on what is no skin.
    inside
        (P,) between 0 and 1: 0 at a vertex of the mesh's rim, 1 from the first ring on.
    edges
        (P,) squared edge length of an equilateral triangle as large as the one that was found, m².
    """

    points: Array
    normals: Array
    distance: Array
    facing: Array
    trust: Array
    inside: Array
    edges: Array


class ScanSurface:
    """A mesh laid over a model, to look for closest points on.

    Parameters
    ----------
    scan
        The mesh in its own coordinates.
    known
        (n,) between 0 and 1 for each of its vertices: eyeballs, hair and clothes attract nothing.
    place
        Takes it to the model's frame.
    """

    def __init__(self, scan: CleanMesh, known: Array, place: Similarity) -> None:
        vertices = place(scan.vertices)
        self._triangles, self._known = scan.triangles, known
        self._normals = scan.normals @ place.rotation
        self._index = SurfaceIndex(vertices, scan.triangles, _SPACING, _NORMAL_WEIGHT)
        self._border = border_edges(scan.triangles)
        self._edges = squared_edges(scan.areas * place.scale**2)
        self._inner = np.ones(len(vertices))
        for corner in range(3):  # an edge is opposite its corner: the other two lie on the rim
            rim = self._border[:, corner]
            self._inner[scan.triangles[rim][:, [corner - 2, corner - 1]]] = 0

    def places(self, points: Array, normals: Array) -> Places:
        """The places of (P, 3) points with unit normals (P, 3)."""
        found = self._index.nearest(points, normals)
        corners = self._triangles[found.triangle]
        plane = np.einsum("pc,pcx->px", found.weights, self._normals[corners])
        plane /= np.maximum(np.linalg.norm(plane, axis=1, keepdims=True), 1e-12)
        facing = (plane * normals).sum(1)
        trust = np.einsum("pc,pc->p", found.weights, self._known[corners])
        return Places(
            points=found.points,
            normals=plane,
            distance=found.distance,
            facing=facing,
            trust=trust * (facing > _FACING) * ~on_border(found, self._border),
            inside=np.einsum("pc,pc->p", found.weights, self._inner[corners]),
            edges=self._edges[found.triangle],
        )
