# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh in a frame and an order that are its own: the same whatever file it came in.

Simplification, sampling and searches make discrete choices, which hang on the last digits of the coordinates
and on the order of vertices. Made in this frame, and on rounded coordinates, they are the same for a mesh that
was moved, turned, resized or reordered.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clean_mesh import CleanMesh
from .similarity import Similarity

Array = NDArray[np.float64]

_GRID = 2.0**-26
"""Of the RMS radius. Far above what a motion in double precision rounds by and far below what can be seen."""


@dataclass(frozen=True, eq=False)
class OwnFrame:
    """A mesh of n vertices in its own order, twice.

    Attributes
    ----------
    mesh
        In its own frame: centred, RMS radius 1, along its principal axes, coordinates rounded.
    source
        The same vertices and triangles in the coordinates that they came in.
    to_own
        Takes those coordinates to the frame.
    """

    mesh: CleanMesh
    source: CleanMesh
    to_own: Similarity


def own_frame(mesh: CleanMesh) -> OwnFrame:
    """Bring a mesh into its own frame and order.

    The axes are those of the surface's second moments, by size; two point to where its third moments are
    positive, and the third as handedness demands. So a mirror symmetric head has the same frame every time,
    while of a ball, a cube or a cylinder, whose moments single out no axes, every frame is as good.
    """
    to_own = _principal_frame(mesh)
    rounded = np.round(to_own(mesh.vertices) / _GRID) * _GRID + 0.0  # no negative zeros
    facing = np.round(mesh.normals @ to_own.rotation, 6)
    # Vertices on one spot, as those of lips that touch, differ in their normals.
    order = np.lexsort([*facing.T[::-1], *rounded.T[::-1]])
    row = np.empty(len(order), np.int64)
    row[order] = np.arange(len(order))
    triangles = row[mesh.triangles]
    first = triangles.argmin(1)[:, None]
    triangles = np.take_along_axis(triangles, (first + np.arange(3)) % 3, axis=1)
    triangles = triangles[np.lexsort(triangles.T[::-1])].astype(np.int32)
    row_of = np.where(mesh.row_of >= 0, row[mesh.row_of], -1)
    return OwnFrame(
        CleanMesh(rounded[order], triangles, row_of), CleanMesh(mesh.vertices[order], triangles, row_of), to_own
    )


def _principal_frame(mesh: CleanMesh) -> Similarity:
    weights = mesh.masses / mesh.masses.sum()
    middle = weights @ mesh.vertices
    offset = mesh.vertices - middle
    radius = np.sqrt(weights @ (offset**2).sum(1))
    offset = offset / radius
    axes = np.linalg.eigh((offset * weights[:, None]).T @ offset)[1]
    skew = weights @ (offset @ axes) ** 3
    axes = axes * np.where(skew < 0, -1.0, 1.0)
    if np.linalg.det(axes) < 0:
        axes[:, np.abs(skew).argmin()] *= -1
    return Similarity(float(1 / radius), axes, -(middle / radius) @ axes)
