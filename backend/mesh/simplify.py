# SPDX-License-Identifier: GPL-3.0-or-later
"""A coarser stand-in for a dense mesh, at a cost that grows linearly with its vertices."""

import igl
import numpy as np
from numpy.typing import NDArray

from .clean_mesh import CleanMesh, clean_mesh

_AT_ONCE = 4.0  # times the goal up to which edges are collapsed one by one


def simplified(mesh: CleanMesh, goal: int) -> CleanMesh:
    """A mesh of about ``goal`` vertices near the same surface; the mesh itself when it is no larger.

    Very dense meshes are first clustered on a grid, whose cells are shared only by vertices that
    face the same way: so lips and lids stay apart. Then short edges are collapsed.
    """
    if len(mesh.vertices) <= goal:
        return mesh
    if len(mesh.vertices) > _AT_ONCE * goal:
        mesh = _clustered(mesh, int(_AT_ONCE * goal / 2))
    reduced = igl.decimate(mesh.vertices, mesh.triangles.astype(np.int64), 2 * goal)
    faces = np.asarray(reduced[1])
    if len(faces) < goal / 2:  # it gives up on some meshes that are not manifold
        return _clustered(mesh, goal)
    return clean_mesh(np.asarray(reduced[0]), faces)


def spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most ``most`` of the rows, evenly by their order."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def _clustered(mesh: CleanMesh, goal: int) -> CleanMesh:
    cell = np.sqrt(mesh.areas.sum() / goal)
    keys = np.floor(mesh.vertices / cell).astype(np.int64)
    facing = (np.abs(mesh.normals).argmax(1) + 3 * (mesh.normals.max(1) > -mesh.normals.min(1)))[:, None]
    _, group = np.unique(np.concatenate([keys, facing], axis=1), axis=0, return_inverse=True)
    group = group.ravel()
    share = np.maximum(mesh.masses, 1e-30)
    total = np.bincount(group, share)
    middle = np.stack([np.bincount(group, share * mesh.vertices[:, k]) for k in range(3)], 1) / total[:, None]
    return clean_mesh(middle, group[mesh.triangles])
