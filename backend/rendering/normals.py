# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth vertex normals, weighted by area, and how they change with the vertices."""

from __future__ import annotations

import math

import numpy as np
from numba import prange
from numpy.typing import ArrayLike, NDArray

from ..kernels import kernel
from .arrays import Floats, Ints

# Normals shorter than this, as sums of cross products [m²], fade to zero instead of dividing by
# nothing: 1e-6 mm² is far below any real triangle.
EPSILON = 1e-12


@kernel
def accumulate_normals(
    points: Floats, triangles: Ints, normals: Floats
) -> None:  # pragma: no cover - compiled
    """Normals (N, 3) = the sum over each vertex's triangles of twice their area times normal."""
    normals[:] = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in (a, b, c):
            normals[k, 0] += nx
            normals[k, 1] += ny
            normals[k, 2] += nz


@kernel
def normalize_rows(sums: Floats, normals: Floats) -> None:  # pragma: no cover - compiled
    """Normals = sums / sqrt(|sums|² + EPSILON²), row by row; may be the same array."""
    for i in range(sums.shape[0]):
        x, y, z = sums[i, 0], sums[i, 1], sums[i, 2]
        scale = 1.0 / math.sqrt(x * x + y * y + z * z + EPSILON * EPSILON)
        normals[i, 0], normals[i, 1], normals[i, 2] = x * scale, y * scale, z * scale


@kernel(parallel=True)
def batch_normals(
    vertices: Floats, triangles: Ints, sums: Floats, normals: Floats
) -> None:  # pragma: no cover - compiled
    """Summed and unit normals (B, N, 3) of vertices (B, N, 3)."""
    for b in prange(vertices.shape[0]):
        accumulate_normals(vertices[b], triangles, sums[b])
        normalize_rows(sums[b], normals[b])


def vertex_normals(vertices: ArrayLike, triangles: ArrayLike) -> NDArray[np.float64]:
    """Unit normals (N, 3) of vertices (N, 3), each triangle weighted by its area.

    Vertices that no triangle with an area uses get a zero normal.
    """
    points = np.ascontiguousarray(vertices, dtype=np.float64)
    normals = np.empty_like(points)
    accumulate_normals(points, np.ascontiguousarray(triangles, dtype=np.int32), normals)
    normalize_rows(normals, normals)
    return normals


@kernel
def backpropagate_normals(
    points: Floats, triangles: Ints, sums: Floats, grad_normals: Floats, grad_points: Floats
) -> None:  # pragma: no cover - compiled
    """Add to grad_points (N, 3) the loss's gradient through ``normals``.

    ``sums`` (N, 3) is what ``accumulate_normals`` made of ``points``; grad_normals (N, 3) is the
    gradient by the unit normals and is overwritten by the gradient by ``sums``. For a triangle
    with n = (b−a)×(c−a) and gradient g by n: ∂a = g×(c−b), ∂b = (c−a)×g, ∂c = g×(b−a).
    """
    for i in range(sums.shape[0]):
        x, y, z = sums[i, 0], sums[i, 1], sums[i, 2]
        scale = 1.0 / math.sqrt(x * x + y * y + z * z + EPSILON * EPSILON)
        x, y, z = x * scale, y * scale, z * scale
        gx, gy, gz = grad_normals[i, 0], grad_normals[i, 1], grad_normals[i, 2]
        along = x * gx + y * gy + z * gz
        grad_normals[i, 0] = (gx - along * x) * scale
        grad_normals[i, 1] = (gy - along * y) * scale
        grad_normals[i, 2] = (gz - along * z) * scale
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        gx = grad_normals[a, 0] + grad_normals[b, 0] + grad_normals[c, 0]
        gy = grad_normals[a, 1] + grad_normals[b, 1] + grad_normals[c, 1]
        gz = grad_normals[a, 2] + grad_normals[b, 2] + grad_normals[c, 2]
        if gx == 0.0 and gy == 0.0 and gz == 0.0:
            continue
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        bx, by, bz = vy * gz - vz * gy, vz * gx - vx * gz, vx * gy - vy * gx
        cx, cy, cz = gy * uz - gz * uy, gz * ux - gx * uz, gx * uy - gy * ux
        grad_points[b, 0] += bx
        grad_points[b, 1] += by
        grad_points[b, 2] += bz
        grad_points[c, 0] += cx
        grad_points[c, 1] += cy
        grad_points[c, 2] += cz
        grad_points[a, 0] -= bx + cx
        grad_points[a, 1] -= by + cy
        grad_points[a, 2] -= bz + cz
