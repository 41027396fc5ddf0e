# SPDX-License-Identifier: GPL-3.0-or-later
"""From the artist's mesh back to the template: where the mesh has surface, and what follows where it has none."""

import numpy as np
import scipy.sparse.linalg as sparse_linalg
from numpy.typing import NDArray
from scipy import sparse

from ..head.geometry import head_geometry
from ..head.mouth_cavity import THICKNESS
from ..mesh.clean_mesh import clean_mesh
from ..mesh.nearest import SurfaceIndex
from ..mesh.normals import vertex_normals
from ..mesh.topology import renumbered, split_quads
from ..mesh_encoder.labels import EYE_CAVITY, MOUTH, SKIN, labelled_vertices
from ..mesh_files.mesh import Mesh
from ..morphable_model import MorphableModel

Array = NDArray[np.float64]

_REACH = 0.0025  # m; farther off, the mesh has no surface there
_FACING = 0.5
_NORMAL_WEIGHT = 0.003
_SPACING = 0.001
_GUARD_ROUNDS = 3
_TENSION = 0.004  # m, over which the slope at a rim dies out


class Sockets:
    """Carries shapes of one artist's mesh to the template; make it once per mesh.

    Parameters
    ----------
    model
        The model.
    registered
        (N, 3) the template drawn onto the mesh, metres.
    placed
        (n, 3) the mesh in the same frame.
    mesh
        Its polygons.
    label
        (n,) kind of each of its vertices.
    """

    def __init__(
        self, model: MorphableModel, registered: Array, placed: Array, mesh: Mesh, label: NDArray[np.uint8]
    ) -> None:
        head = head_geometry(model)
        self._surface, self._parts = head.surface, head.loose_parts
        self._registered = registered
        clean = clean_mesh(placed, split_quads(mesh.polygons)[0])
        row = np.full(len(clean.vertices), -1)
        used = np.flatnonzero(clean.row_of >= 0)[::-1]
        row[clean.row_of[used]] = used
        triangles = row[clean.triangles]
        self._triangles = triangles[np.isin(label[triangles], (SKIN, EYE_CAVITY, MOUTH)).all(1)]
        skin = self._surface.skin
        self._skin = skin
        index = SurfaceIndex(placed, self._triangles, _SPACING, _NORMAL_WEIGHT)
        normals = vertex_normals(registered, self._surface.triangles)[skin]
        found = index.nearest(registered[skin], normals)
        facing = (index.normals[found.triangle] * normals).sum(1)
        known = (found.distance < _REACH) & (facing > _FACING) & labelled_vertices(model, SKIN)[skin]
        self._known = np.flatnonzero(known)
        self._corners = self._triangles[found.triangle[known]]
        self._weights = found.weights[known]
        self._placed = placed
        rest = model.template.astype(np.float64)  # a mouth drawn onto a closed one has slivers, which no operator bears
        self._cavity = head.mouth
        self._depth = np.zeros(0) if self._cavity is None else np.minimum(self._cavity.depth(registered), THICKNESS)
        self._extension = _Extension(rest, skin, self._surface.triangles, self._known)

    def __call__(self, shape: Array) -> Array:
        """The template (N, 3) of another shape (n, 3) of the mesh, same frame."""
        move = ((shape - self._placed)[self._corners] * self._weights[..., None]).sum(1)
        result = self._registered.copy()
        result[self._skin] += self._extension(move)
        if self._cavity is not None:  # a bag that the artist never saw must not show through hollow cheeks
            for _ in range(_GUARD_ROUNDS):
                result[self._cavity.vertices] = self._cavity.project(result, self._depth)
        return self._parts.follow(self._registered, result)


class _Extension:
    """Displacements known at some skin vertices continued over the others with little bending and stretching.

    Bending alone would go on as steeply as the skin at the rim does, and throw a mouth bag out of a grin.
    """

    def __init__(
        self, vertices: Array, skin: NDArray[np.intp], triangles: NDArray[np.integer], known: NDArray[np.intp]
    ) -> None:
        import igl

        faces, _ = renumbered(triangles, skin, len(vertices))
        rest = vertices[skin]
        stiffness = -sparse.csc_matrix(igl.cotmatrix(rest, faces))
        mass = np.maximum(igl.massmatrix(rest, faces, igl.MASSMATRIX_TYPE_BARYCENTRIC).diagonal(), 1e-9)
        plate = sparse.csc_matrix(stiffness @ sparse.diags(1 / mass) @ stiffness + stiffness / _TENSION**2)
        self._known = known
        self._count = len(skin)
        self._free = np.setdiff1d(np.arange(len(skin)), known)
        if len(self._free):
            inner = plate[self._free][:, self._free]
            pin = 1e-9 * abs(inner.diagonal()).mean()
            self._factor = sparse_linalg.splu(sparse.csc_matrix(inner + pin * sparse.eye(len(self._free))))
            self._coupling = plate[self._free][:, known]

    def __call__(self, moves: Array) -> Array:
        result = np.zeros((self._count, 3))
        result[self._known] = moves
        if len(self._free):
            result[self._free] = self._factor.solve(-np.asarray(self._coupling @ moves))
        return result
