# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth vertex normals, weighted by area, and how they change with the vertices."""

from __future__ import annotations

import math

from numba import prange

from ..kernels import kernel
from .arrays import Floats, Ints
from .vectors import add, cross, dot, minus, plus, row, scaled

# Normals shorter than this, as sums of cross products [m²], fade to zero instead of dividing by
# nothing: 1e-6 mm² is far below any real triangle.
EPSILON = 1e-12


@kernel
def accumulate_normals(points: Floats, triangles: Ints, normals: Floats) -> None:  # pragma: no cover - compiled
    """Normals (N, 3) = the sum over each vertex's triangles of twice their area times normal."""
    normals[:] = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = row(triangles, t)
        first = row(points, a)
        normal = cross(minus(row(points, b), first), minus(row(points, c), first))
        for k in (a, b, c):
            add(normals, k, normal)


@kernel
def normalize_rows(sums: Floats, normals: Floats) -> None:  # pragma: no cover - compiled
    """Normals = sums / sqrt(|sums|² + EPSILON²), row by row; may be the same array."""
    for i in range(sums.shape[0]):
        total = row(sums, i)
        scale = 1.0 / math.sqrt(dot(total, total) + EPSILON * EPSILON)
        normals[i, 0], normals[i, 1], normals[i, 2] = scaled(total, scale)


@kernel(parallel=True)
def batch_normals(
    vertices: Floats, triangles: Ints, sums: Floats, normals: Floats
) -> None:  # pragma: no cover - compiled
    """Summed and unit normals (B, N, 3) of vertices (B, N, 3)."""
    for b in prange(vertices.shape[0]):
        accumulate_normals(vertices[b], triangles, sums[b])
        normalize_rows(sums[b], normals[b])


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
        total, g = row(sums, i), row(grad_normals, i)
        scale = 1.0 / math.sqrt(dot(total, total) + EPSILON * EPSILON)
        normal = scaled(total, scale)
        across = scaled(minus(g, scaled(normal, dot(normal, g))), scale)
        grad_normals[i, 0], grad_normals[i, 1], grad_normals[i, 2] = across
    for t in range(triangles.shape[0]):
        a, b, c = row(triangles, t)
        g = plus(plus(row(grad_normals, a), row(grad_normals, b)), row(grad_normals, c))
        if g == (0.0, 0.0, 0.0):
            continue
        first = row(points, a)
        by_b = cross(minus(row(points, c), first), g)
        by_c = cross(g, minus(row(points, b), first))
        add(grad_points, b, by_b)
        add(grad_points, c, by_c)
        add(grad_points, a, scaled(plus(by_b, by_c), -1.0))
