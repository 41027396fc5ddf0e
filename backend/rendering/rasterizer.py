# SPDX-License-Identifier: GPL-3.0-or-later
"""The z-buffer: which triangle each pixel sees, and how far away it is.

Triangles are rasterised in homogeneous form (Olano and Greer, "Triangle scan conversion using 2D
homogeneous coordinates", 1997): for a pixel's ray d and the camera-space corners a, b, c, the
edge functions d·(b×c), d·(c×a), d·(a×b) are the perspective-correct barycentric coordinates up to
a common factor, and their sum over det(a, b, c) is the inverse depth. Nothing is divided by a
corner's depth, so triangles that cross the near plane need no clipping: the depth test rejects
their near part pixel by pixel. A shared edge's two functions are exact negatives of each other,
so meshes are watertight. Both sides of a triangle are drawn.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from ..kernels import kernel
from .arrays import Floats, Ints
from .vectors import Vector, cross, dot, row, scaled


@kernel
def project_points(
    points: Floats, focal: float, height: int, width: int, pixels: Floats
) -> None:  # pragma: no cover - compiled
    """Pixel coordinates pixels (N, 2) of points (N, 3) in the camera's frame; junk behind it."""
    for i in range(points.shape[0]):
        z = points[i, 2]
        scale = -focal / z if z != 0.0 else 0.0
        pixels[i, 0] = 0.5 * width + points[i, 0] * scale
        pixels[i, 1] = 0.5 * height - points[i, 1] * scale


@kernel
def corner_weights(
    points: Floats, corners: tuple[int, int, int], dx: float, dy: float
) -> Vector:  # pragma: no cover - compiled
    """How much the three corners count where the ray (dx, dy, −1) meets their triangle; positive on the front.

    The edge functions with the opposite sign. They lack a common factor, see above.
    """
    a, b, c = row(points, corners[0]), row(points, corners[1]), row(points, corners[2])
    ex, ey, ez = cross(b, c)
    fx, fy, fz = cross(c, a)
    gx, gy, gz = cross(a, b)
    return ez - dx * ex - dy * ey, fz - dx * fx - dy * fy, gz - dx * gx - dy * gy


@kernel
def _clipped_bounds(
    points: Floats, i0: int, i1: int, i2: int, near: float
) -> tuple[float, float, float, float]:  # pragma: no cover - compiled
    """Bounds, on the plane at depth 1, of a triangle that crosses the near plane."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    corners = (i0, i1, i2)
    for i in range(3):
        p, q = corners[i], corners[(i + 1) % 3]
        px, py, pz = points[p, 0], points[p, 1], points[p, 2]
        if -pz >= near:
            x, y = px / -pz, py / -pz
            x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
        if (-pz >= near) != (-points[q, 2] >= near):
            t = (-near - pz) / (points[q, 2] - pz)
            x, y = (px + t * (points[q, 0] - px)) / near, (py + t * (points[q, 1] - py)) / near
            x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
    return x0, y0, x1, y1


@kernel
def rasterize_rows(
    points: Floats,
    pixels: Floats,
    triangles: Ints,
    focal: float,
    near: float,
    row0: int,
    row1: int,
    face: Ints,
    inverse_depth: Floats,
) -> None:  # pragma: no cover - compiled
    """Draw the rows ``row0`` … ``row1`` of one view into ``face`` and ``inverse_depth``.

    points (N, 3) float64 in the camera's frame; pixels (N, 2) from ``project_points``; triangles (M, 3) int32; face (H, W) int32 and
    inverse_depth (H, W) float64 come back filled, with −1 and 0 where nothing is seen. Of two
    triangles at equal depth the first wins.
    """
    height, width = face.shape
    for i in range(row0, row1):
        for j in range(width):
            face[i, j] = -1
            inverse_depth[i, j] = 0.0
    cx, cy = 0.5 * width, 0.5 * height
    pixel = 1.0 / focal
    furthest = 1.0 / near
    first, last = float(row0), row1 - 1.0
    for t in range(triangles.shape[0]):
        i0, i1, i2 = row(triangles, t)
        az, bz, gz = points[i0, 2], points[i1, 2], points[i2, 2]
        if max(az, bz, gz) <= -near:
            u0, u1, u2 = pixels[i0, 0], pixels[i1, 0], pixels[i2, 0]
            v0, v1, v2 = pixels[i0, 1], pixels[i1, 1], pixels[i2, 1]
            x0, x1 = min(u0, u1, u2), max(u0, u1, u2)
            y0, y1 = min(v0, v1, v2), max(v0, v1, v2)
        elif min(az, bz, gz) > -near:
            continue
        else:
            x0, y0, x1, y1 = _clipped_bounds(points, i0, i1, i2, near)
            x0, x1 = cx + focal * x0, cx + focal * x1
            y0, y1 = cy - focal * y1, cy - focal * y0
        # Clamped before the conversion: bounds of triangles at the near plane may be huge.
        left = math.ceil(max(x0 - 0.500001, 0.0))
        right = math.floor(min(x1 - 0.499999, width - 1.0))
        top = math.ceil(max(y0 - 0.500001, first))
        bottom = math.floor(min(y1 - 0.499999, last))
        if left > right or top > bottom:
            continue
        a, b, c = row(points, i0), row(points, i1), row(points, i2)
        # d·(b×c) with d = ((j + 0.5 − cx)/f, (cy − i − 0.5)/f, −1): linear in the pixel.
        e0x, e0y, e0z = cross(b, c)
        determinant = dot(a, (e0x, e0y, e0z))
        if determinant == 0.0:
            continue
        # Flipping all signs keeps a shared edge's functions exact negatives of each other.
        sign = 1.0 if determinant > 0.0 else -1.0
        e0x, e0y, e0z = scaled((e0x, e0y, e0z), sign)
        e1x, e1y, e1z = scaled(cross(c, a), sign)
        e2x, e2y, e2z = scaled(cross(a, b), sign)
        inverse = sign / determinant
        qx, qy, qz = (e0x + e1x + e2x) * inverse, (e0y + e1y + e2y) * inverse, (e0z + e1z + e2z) * inverse
        for i in range(top, bottom + 1):
            dy = (cy - i - 0.5) * pixel
            r0, r1, r2, rq = e0y * dy - e0z, e1y * dy - e1z, e2y * dy - e2z, qy * dy - qz
            face_row, depth_row = face[i], inverse_depth[i]
            for j in range(left, right + 1):
                dx = (j + 0.5 - cx) * pixel
                if min(r0 + e0x * dx, r1 + e1x * dx, r2 + e2x * dx) >= 0.0:
                    q = rq + qx * dx
                    if q > depth_row[j] and q <= furthest:
                        depth_row[j] = q
                        face_row[j] = t


@kernel(parallel=True)
def rasterize(
    points: Floats, triangles: Ints, focal: float, near: float, face: Ints, inverse_depth: Floats, bands: int
) -> None:  # pragma: no cover - compiled
    """``rasterize_rows`` of one view on all cores, in ``bands`` horizontal strips."""
    height, width = face.shape
    pixels = np.empty((points.shape[0], 2))
    project_points(points, focal, height, width, pixels)
    for k in prange(bands):
        row0, row1 = k * height // bands, (k + 1) * height // bands
        rasterize_rows(points, pixels, triangles, focal, near, row0, row1, face, inverse_depth)
