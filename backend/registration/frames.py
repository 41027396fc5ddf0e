# SPDX-License-Identifier: GPL-3.0-or-later
"""Points that ride on a deforming surface: each keeps its place in the frame of the surface below."""

import numpy as np
from numpy.typing import NDArray

from ..head.template import TemplateSurface
from ..mesh.gradients import deformation_gradients
from ..mesh.polar import nearest_rotations

Array = NDArray[np.float64]

_STILL = 1e-9
_LEAST = 1e-3  # smallest stretch that still has a direction


def moved_points(
    surface: TemplateSurface, start: Array, posed: Array, corners: NDArray[np.integer], weights: Array, points: Array
) -> Array:
    """Points (n, 3) on a surface (N, 3) carried to its poses (B, N, 3).

    Parameters
    ----------
    surface
        Lends the triangles.
    start, posed
        The surface before and after, metres.
    corners, weights
        (n, 3) vertices and barycentric weights of each point's foot on the surface.
    points
        (n, 3) where the points are before.

    Returns
    -------
    (B, n, 3).
    """
    offset = points - (start[corners] * weights[..., None]).sum(1)
    result = np.empty((len(posed), len(points), 3))
    for number, pose in enumerate(posed):
        foot = (pose[corners] * weights[..., None]).sum(1)
        moved = np.abs(pose - start).max(1) > _STILL
        turned = moved[corners].any(1)
        result[number] = foot + offset
        if turned.any():
            rotation = vertex_rotations(surface, start, pose)
            blended = (rotation[corners[turned]] * weights[turned][..., None, None]).sum(1)
            result[number, turned] = foot[turned] + np.einsum(
                "nij,nj->ni", nearest_rotations(_regular(blended)), offset[turned]
            )
    return result


def vertex_rotations(surface: TemplateSurface, start: Array, pose: Array) -> Array:
    """(N, 3, 3) how the surface around each vertex turns from ``start`` to ``pose``, both (N, 3)."""
    gradients = surface.average_to_vertices(deformation_gradients(start, pose, surface.triangles))
    return nearest_rotations(_regular(gradients))


def _regular(matrices: Array) -> Array:
    """The matrices, with those that are singular or turned over replaced by the identity."""
    bad = ~(np.linalg.det(matrices) > _LEAST)
    return np.where(bad[:, None, None], np.eye(3), matrices)
