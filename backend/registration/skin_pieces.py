# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a mesh's components are the skin of the head."""

import numpy as np
from numpy.typing import NDArray

from ..mesh.areas import vertex_areas
from ..mesh.clean_mesh import CleanMesh
from ..mesh.nearest import SurfaceIndex
from ..mesh.normals import vertex_normals
from ..mesh_encoder.labels import SKIN, triangle_labels
from ..morphable_model import MorphableModel
from .face_region import face_membership

Array = NDArray[np.float64]

_SPACING, _NORMAL_WEIGHT = 0.003, 0.010  # m
_REACH, _FACING = 0.020, 0.3  # m; a rough fit lies that far from the skin
_ADDS, _NEAR = 0.6, 0.008  # least share of a further piece that no other covers; m


def skin_pieces(model: MorphableModel, fitted: Array, scan: CleanMesh) -> NDArray[np.bool_]:
    """(C,) which components are skin: the one that most of the fitted face lies on, and what goes on where it ends.

    A head may come in several pieces, its ears or neck apart. A further piece is skin when it lies
    along the fitted skin, most of it where no larger piece of skin does; hair lies before skin.

    Parameters
    ----------
    model
        The model.
    fitted
        (N, 3) its face fitted to the mesh, metres.
    scan
        The mesh in the same frame, with C components.
    """
    component = scan.components
    count = int(component.max()) + 1
    triangles = model.triangles[triangle_labels(model) == SKIN]
    rows = np.unique(triangles)
    normals = vertex_normals(fitted, triangles)[rows]
    masses = vertex_areas(fitted, triangles)[rows]
    whole = SurfaceIndex(scan.vertices, scan.triangles, _SPACING, _NORMAL_WEIGHT)
    found = whole.nearest(fitted[rows], normals)
    near = (found.distance < _REACH) & ((whole.normals[found.triangle] * normals).sum(1) > _FACING)
    owner = component[scan.triangles[found.triangle, 0]]
    in_face = masses * (face_membership(model)[rows] + 1e-3)
    chosen = np.zeros(count, bool)
    chosen[np.bincount(owner[near], in_face[near], minlength=count).argmax()] = True
    if count == 1:
        return chosen
    skin = SurfaceIndex(fitted, triangles, _SPACING, _NORMAL_WEIGHT)
    at = skin.nearest(scan.vertices, scan.normals)
    facing = (skin.normals[at.triangle] * scan.normals).sum(1) > _FACING
    along = (at.distance < _NEAR) & facing
    size = np.bincount(component, scan.masses, minlength=count)
    for piece in np.argsort(-size, kind="stable"):
        if chosen[piece]:
            continue
        mine = component == piece
        if size[piece] <= 0 or (scan.masses[mine] * along[mine]).sum() < _ADDS * size[piece]:
            continue
        so_far = chosen[component[scan.triangles[:, 0]]]
        index = SurfaceIndex(scan.vertices, scan.triangles[so_far], _SPACING, _NORMAL_WEIGHT)
        beside = index.nearest(scan.vertices[mine], scan.normals[mine])
        apart = beside.distance > _NEAR
        chosen[piece] = (scan.masses[mine] * apart).sum() > _ADDS * size[piece]
    return chosen
