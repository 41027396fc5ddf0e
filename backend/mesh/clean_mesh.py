# SPDX-License-Identifier: GPL-3.0-or-later
"""Any artist's mesh as triangles that geometry processing can trust, with the way back to its own vertices.

trimesh merges and drops vertices too, but does not say which of the artist's each one was.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from .areas import area_vectors, triangle_areas, vertex_areas
from .normals import vertex_normals
from .topology import components, open_rim, renumbered, sides

Array = NDArray[np.float64]
Triangles = NDArray[np.int32]

_WELD = 1e-5  # of the RMS radius, which does not change with a mesh's turn as a bounding box does
_MAX_FLAT = 5e-14  # area of a triangle without any, in squared radii


@dataclass(frozen=True, eq=False)
class CleanMesh:
    """Referenced vertices and proper triangles of a mesh.

    Attributes
    ----------
    vertices
        (n, 3) float64 in the mesh's own unit.
    triangles
        (m, 3) int32, three different vertices each, consistently oriented, normals outwards.
    row_of
        (N,) int64, the row in ``vertices`` of each of the mesh's own vertices; -1 when no proper
        triangle uses it.
    """

    vertices: Array
    triangles: Triangles
    row_of: NDArray[np.int64]

    @cached_property
    def areas(self) -> Array:
        """(m,) triangle areas."""
        return triangle_areas(self.vertices, self.triangles)

    @cached_property
    def normals(self) -> Array:
        """(n, 3) area-weighted unit normals; zero where all triangles around a vertex cancel."""
        return vertex_normals(self.vertices, self.triangles)

    @cached_property
    def masses(self) -> Array:
        """(n,) a third of the area around each vertex."""
        return vertex_areas(self.vertices, self.triangles)

    @cached_property
    def components(self) -> NDArray[np.int32]:
        """(n,) number of the connected component of each vertex."""
        return components(self.triangles, len(self.vertices))


def clean_mesh(vertices: Array, triangles: NDArray[np.integer]) -> CleanMesh:
    """Make (N, 3) vertices and (M, 3) triangles proper; what is lost is only what bounds no area.

    Vertices that lie on one another at the mesh's boundaries are welded, for exporters split them
    along UV seams and hard edges; inside the surface they stay apart, so that lips that touch do
    not grow together. Triangles without area and vertices without triangles are left out.
    Triangles that are turned against their neighbours are turned round, and each component as a
    whole so that its normals point away from its middle.

    Raises
    ------
    ValueError
        When no triangle with an area is left.
    """
    vertices = np.asarray(vertices, np.float64)
    radius = float(np.sqrt(np.square(vertices - vertices.mean(0)).sum(1).mean()))
    triangles = np.asarray(triangles, np.int64)
    welded = _weld(vertices, triangles, _WELD * radius)
    faces = welded[triangles]
    proper = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    faces = faces[proper]
    faces = faces[triangle_areas(vertices, faces) > _MAX_FLAT * radius**2]
    if not len(faces):
        raise ValueError("the mesh has no triangle with an area")
    faces = faces[np.unique(np.sort(faces, axis=1), axis=0, return_index=True)[1]]
    used = np.unique(faces)
    rows, row = renumbered(faces, used, len(vertices))
    size = np.maximum(np.bincount(welded, minlength=len(vertices)), 1)
    middle = np.stack([np.bincount(welded, axis, minlength=len(vertices)) / size for axis in vertices.T], axis=1)
    # Where nothing was welded the coordinates stay as they are, to the last digit.
    kept = np.where(size[used, None] > 1, middle[used], vertices[used])
    return CleanMesh(kept, _oriented(kept, rows.astype(np.int32)), row[welded])


def _weld(vertices: Array, triangles: NDArray[np.int64], distance: float) -> NDArray[np.int64]:
    """(N,) the vertex that stands for each; only boundary vertices stand for one another."""
    border = open_rim(triangles)
    stands = np.arange(len(vertices))
    if not len(border):
        return stands
    places, spot = np.unique(vertices[border], axis=0, return_inverse=True)
    pairs = KDTree(places).query_pairs(distance, output_type="ndarray")
    links = sparse.coo_matrix((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(places),) * 2)
    group = csgraph.connected_components(links, directed=False)[1][spot.ravel()]
    first = np.unique(group, return_index=True)[1]
    stands[border] = border[first[group]]
    return stands


def _oriented(vertices: Array, triangles: Triangles) -> Triangles:
    import igl

    tail, head = sides(triangles).T
    if len(np.unique(tail * len(vertices) + head)) < len(tail):  # some edge is run through twice in one direction
        triangles = np.asarray(igl.bfs_orient(triangles.astype(np.int64))[0], np.int32)
    label = components(triangles, len(vertices))
    corner, cross = vertices[triangles], area_vectors(vertices, triangles)
    area = np.linalg.norm(cross, axis=1)
    face = label[triangles[:, 0]]
    count = int(label.max()) + 1
    weight = np.bincount(face, area, minlength=count)
    middle = np.stack([np.bincount(face, area * corner[:, :, k].mean(1), minlength=count) for k in range(3)], 1)
    middle /= weight[:, None]
    flux = np.bincount(face, ((corner.mean(1) - middle[face]) * cross).sum(1), minlength=count)
    inward = flux < 0
    return np.where(inward[face][:, None], triangles[:, ::-1], triangles).astype(np.int32)
