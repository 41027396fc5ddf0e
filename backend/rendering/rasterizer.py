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
from numba import njit, prange

BACKGROUND = -1


@njit(cache=True, inline="always")
def _edge_near_crossing(p, q, near):  # pragma: no cover - compiled
    """Where the segment p–q crosses depth ``near``; exactly one end is behind that plane."""
    t = (-near - p[2]) / (q[2] - p[2])
    return p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])


@njit(cache=True)
def _screen_bounds(a, b, c, near):  # pragma: no cover - compiled
    """Bounds of a triangle on the plane at depth 1; empty (low > high) when all behind ``near``."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    corners = (a, b, c)
    for i in range(3):
        p = corners[i]
        if -p[2] >= near:
            x, y = p[0] / -p[2], p[1] / -p[2]
            x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
        q = corners[(i + 1) % 3]
        if (-p[2] >= near) != (-q[2] >= near):
            x, y = _edge_near_crossing(p, q, near)
            x, y = x / near, y / near
            x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
    return x0, y0, x1, y1


@njit(cache=True)
def rasterize_rows(points, triangles, focal, near, row0, row1, face, inverse_depth):  # pragma: no cover - compiled
    """Draw the rows ``row0`` … ``row1`` of one view into ``face`` and ``inverse_depth``.

    points (N, 3) float64 in the camera's frame; triangles (M, 3) int32; face (H, W) int32 and
    inverse_depth (H, W) float64 come back filled, with −1 and 0 where nothing is seen. Of two
    triangles at equal depth the first wins.
    """
    height, width = face.shape
    for i in range(row0, row1):
        for j in range(width):
            face[i, j] = -1
            inverse_depth[i, j] = 0.0
    cx, cy = 0.5 * width, 0.5 * height
    furthest = 1.0 / near
    for t in range(triangles.shape[0]):
        i0, i1, i2 = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = points[i0, 0], points[i0, 1], points[i0, 2]
        bx, by, bz = points[i1, 0], points[i1, 1], points[i1, 2]
        gx, gy, gz = points[i2, 0], points[i2, 1], points[i2, 2]
        if -az >= near and -bz >= near and -gz >= near:
            u0, u1, u2 = ax / -az, bx / -bz, gx / -gz
            v0, v1, v2 = ay / -az, by / -bz, gy / -gz
            x0, x1 = min(u0, u1, u2), max(u0, u1, u2)
            y0, y1 = min(v0, v1, v2), max(v0, v1, v2)
        elif -az < near and -bz < near and -gz < near:
            continue
        else:
            x0, y0, x1, y1 = _screen_bounds((ax, ay, az), (bx, by, bz), (gx, gy, gz), near)
        # One pixel of slack on clipped triangles is not needed: bounds are conservative, and the
        # edge functions decide.
        left = max(0, math.ceil(cx + focal * x0 - 0.5 - 1e-6))
        right = min(width - 1, math.floor(cx + focal * x1 - 0.5 + 1e-6))
        top = max(row0, math.ceil(cy - focal * y1 - 0.5 - 1e-6))
        bottom = min(row1 - 1, math.floor(cy - focal * y0 - 0.5 + 1e-6))
        if left > right or top > bottom:
            continue
        # d·(b×c) with d = ((j + 0.5 − cx)/f, (cy − i − 0.5)/f, −1): linear in the pixel.
        e0x, e0y, e0z = by * gz - bz * gy, bz * gx - bx * gz, bx * gy - by * gx
        e1x, e1y, e1z = gy * az - gz * ay, gz * ax - gx * az, gx * ay - gy * ax
        e2x, e2y, e2z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        determinant = ax * e0x + ay * e0y + az * e0z
        if determinant == 0.0:
            continue
        sign = 1.0 if determinant > 0.0 else -1.0
        inverse = 1.0 / determinant
        qx, qy, qz = (e0x + e1x + e2x) * inverse, (e0y + e1y + e2y) * inverse, (e0z + e1z + e2z) * inverse
        for i in range(top, bottom + 1):
            dy = (cy - i - 0.5) / focal
            r0, r1, r2 = e0y * dy - e0z, e1y * dy - e1z, e2y * dy - e2z
            for j in range(left, right + 1):
                dx = (j + 0.5 - cx) / focal
                if (
                    (r0 + e0x * dx) * sign >= 0.0
                    and (r1 + e1x * dx) * sign >= 0.0
                    and (r2 + e2x * dx) * sign >= 0.0
                ):
                    q = qx * dx + qy * dy - qz
                    if q > inverse_depth[i, j] and q <= furthest:
                        inverse_depth[i, j] = q
                        face[i, j] = t


@njit(cache=True, parallel=True)
def rasterize(points, triangles, focal, near, face, inverse_depth, bands):  # pragma: no cover - compiled
    """``rasterize_rows`` of one view on all cores, in ``bands`` horizontal strips."""
    height = face.shape[0]
    for k in prange(bands):
        rasterize_rows(
            points, triangles, focal, near, k * height // bands, (k + 1) * height // bands, face, inverse_depth
        )
