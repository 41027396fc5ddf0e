# SPDX-License-Identifier: GPL-3.0-or-later
"""Antialiasing of silhouettes, which makes them differentiable.

A z-buffer decides each pixel by one ray, so a silhouette that moves a little changes nothing. Here
every silhouette edge is walked pixel by pixel along its dominant axis. Where it passes between the
centres of two neighbours, one on the surface and one beyond it, the one that it cuts is blended
with the other by the length that the edge cuts off (the blending of Laine et al., "Modular
primitives for high-performance differentiable rendering", 2020; there candidates come from the
triangles under the pixels, which misses most silhouettes of meshes finer than the pixels, and both
axes are blended, which counts a diagonal edge twice).

An edge is a silhouette when both its triangles lie on one side of it as seen from the camera, or
when it has only one triangle. Edges that cross the near plane are left jagged. Where two parts
intersect there is no edge, so there is no gradient of the line of intersection.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...kernels import kernel
from ...rendering.arrays import Floats, Ints


def mesh_edges(triangles: ArrayLike) -> NDArray[np.int32]:
    """Edges (E, 4) of triangles (M, 3): ends, then the third corners of its two triangles.

    The fourth column is −1 on a boundary. A third or further triangle on one edge gets a row of
    its own, as if the edge were a boundary for it.
    """
    corners = np.asarray(triangles, dtype=np.int64)
    ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    third = np.concatenate([corners[:, 2], corners[:, 0], corners[:, 1]])
    ends.sort(axis=1)
    proper = ends[:, 0] != ends[:, 1]
    ends, third = ends[proper], third[proper]
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ends, third = ends[order], third[order]
    starts = np.ones(len(ends), dtype=bool)
    starts[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    first = np.flatnonzero(starts)
    count = np.diff(np.append(first, len(ends)))
    rank = np.arange(len(ends)) - np.repeat(first, count)
    edges = np.column_stack([ends, third, np.full(len(ends), -1)])
    paired = first[count >= 2]
    edges[paired, 3] = third[paired + 1]
    return np.ascontiguousarray(edges[rank != 1], dtype=np.int32)


@kernel(inline="always")
def _plane(
    dx: float, dy: float, nx: float, ny: float, nz: float, ax: float, ay: float, az: float
) -> float:  # pragma: no cover - compiled
    """Inverse depth at ray (dx, dy, −1) of the plane through a with normal n; 0 if edge-on."""
    offset = nx * ax + ny * ay + nz * az
    if offset == 0.0:
        return 0.0
    return (nx * dx + ny * dy - nz) / offset


@kernel
def walk_silhouettes(
    points: Floats,
    pixels: Floats,
    triangles: Ints,
    edges: Ints,
    focal: float,
    near: float,
    face: Ints,
    inverse_depth: Floats,
    owner: Ints,
) -> None:  # pragma: no cover - compiled
    """Fill owner (2, H, W) int32: the edge that passes between a pixel and its neighbour, or −1.

    owner[0, i, j] is for the pair (i, j), (i+1, j), cut by edges that run mostly sideways;
    owner[1, i, j] for (i, j), (i, j+1), cut by edges that run mostly upwards. Of several edges
    the nearest to the camera is kept. points (N, 3) in the camera's frame; pixels (N, 2) where
    they are in the image; face and inverse_depth (H, W) from the rasteriser.
    """
    height, width = face.shape
    owner[:] = -1
    nearest = np.zeros((2, height, width), dtype=np.float32)
    half_w, half_h = 0.5 * width, 0.5 * height
    pixel = 1.0 / focal
    slack = 3.0 * pixel
    for e in range(edges.shape[0]):
        a, b, c, d = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
        if -az < near or -bz < near:
            continue
        sx, sy, sz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        side = sx * points[c, 0] + sy * points[c, 1] + sz * points[c, 2]
        if side == 0.0:
            continue
        if d >= 0 and side * (sx * points[d, 0] + sy * points[d, 1] + sz * points[d, 2]) <= 0.0:
            continue
        xa, ya, xb, yb = pixels[a, 0], pixels[a, 1], pixels[b, 0], pixels[b, 1]
        if max(xa, xb) < 0.0 or min(xa, xb) > width or max(ya, yb) < 0.0 or min(ya, yb) > height:
            continue
        axis = 0 if abs(xb - xa) >= abs(yb - ya) else 1
        if axis == 0:
            u0, v0, u1, v1, columns, rows = xa, ya, xb, yb, width, height
        else:
            u0, v0, u1, v1, columns, rows = ya, xa, yb, xb, height, width
        if u0 == u1:
            continue
        # Half-open, so that a chain of edges crosses each column of pixel centres once.
        start = max(0, math.ceil(min(u0, u1) - 0.5))
        stop = min(columns, math.ceil(max(u0, u1) - 0.5))
        if start >= stop:
            continue
        qa, qb = -1.0 / az, -1.0 / bz
        ux, uy, uz = bx - ax, by - ay, bz - az
        wx, wy, wz = points[c, 0] - ax, points[c, 1] - ay, points[c, 2] - az
        n1x, n1y, n1z = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        n2x, n2y, n2z = n1x, n1y, n1z
        if d >= 0:
            wx, wy, wz = points[d, 0] - ax, points[d, 1] - ay, points[d, 2] - az
            n2x, n2y, n2z = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        for k in range(start, stop):
            s = (k + 0.5 - u0) / (u1 - u0)
            v = v0 + s * (v1 - v0)
            m = math.floor(v - 0.5)
            if m < 0 or m + 1 >= rows:
                continue
            q = qa + s * (qb - qa)
            i0, j0 = (m, k) if axis == 0 else (k, m)
            i1, j1 = (m + 1, k) if axis == 0 else (k, m + 1)
            if q <= nearest[axis, i0, j0] or face[i0, j0] == face[i1, j1]:
                continue
            dx, dy = (j0 + 0.5 - half_w) * pixel, (half_h - i0 - 0.5) * pixel
            if (sx * dx + sy * dy - sz) * side > 0.0:
                inner, outer, beyond = inverse_depth[i0, j0], inverse_depth[i1, j1], face[i1, j1]
            else:
                inner, outer, beyond = inverse_depth[i1, j1], inverse_depth[i0, j0], face[i0, j0]
                dx, dy = (j1 + 0.5 - half_w) * pixel, (half_h - i1 - 0.5) * pixel
            # What is seen inside the edge must be its own surface, not another one that hides the
            # edge. The planes of its two triangles bound the depth of a surface that curves away.
            p1, p2 = _plane(dx, dy, n1x, n1y, n1z, ax, ay, az), _plane(dx, dy, n2x, n2y, n2z, ax, ay, az)
            low, high = min(q, p1, p2), max(q, p1, p2)
            if inner < low * (1.0 - slack) or inner > high * (1.0 + slack):
                continue
            # What is seen beyond must pass behind the edge. Its depth at the edge counts, not at
            # the pixel's centre: in a crease it may rise to the viewer within half a pixel.
            if outer >= q:
                ex = (1.0 - s) * ax * qa + s * bx * qb
                ey = (1.0 - s) * ay * qa + s * by * qb
                f0, f1, f2 = triangles[beyond, 0], triangles[beyond, 1], triangles[beyond, 2]
                ox, oy, oz = points[f0, 0], points[f0, 1], points[f0, 2]
                gx, gy, gz = points[f1, 0] - ox, points[f1, 1] - oy, points[f1, 2] - oz
                hx, hy, hz = points[f2, 0] - ox, points[f2, 1] - oy, points[f2, 2] - oz
                mx, my, mz = gy * hz - gz * hy, gz * hx - gx * hz, gx * hy - gy * hx
                if _plane(ex, ey, mx, my, mz, ox, oy, oz) >= q:
                    continue
            nearest[axis, i0, j0] = q
            owner[axis, i0, j0] = e


@kernel(inline="always")
def _crossing(
    pixels: Floats, a: int, b: int, axis: int, k: int
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """Where the edge a–b crosses the line of pixel centres k: position v, parameter s, slope."""
    o = 1 - axis
    u0, v0 = pixels[a, axis], pixels[a, o]
    run = pixels[b, axis] - u0
    slope = (pixels[b, o] - v0) / run
    s = (k + 0.5 - u0) / run
    return v0 + s * (pixels[b, o] - v0), s, slope


@kernel(inline="always")
def _cut(
    pixels: Floats, edges: Ints, e: int, axis: int, i: int, j: int
) -> tuple[int, int, float, float, float]:  # pragma: no cover - compiled
    """How edge e cuts pixel (i, j) and the next one along an axis: the next pixel, how far past their border, s, slope."""
    k, m = (j, i) if axis == 0 else (i, j)
    v, s, slope = _crossing(pixels, edges[e, 0], edges[e, 1], axis, k)
    # v lies between the centres m + ½ and m + 1½: past the border m + 1 the first pixel's surface
    # covers that much of the second pixel, before it the reverse.
    return (i + 1 if axis == 0 else i), (j if axis == 0 else j + 1), v - (m + 1.0), s, slope


@kernel
def blend(
    pixels: Floats, edges: Ints, owner: Ints, grey: Floats, image: Floats
) -> None:  # pragma: no cover - compiled
    """Image (H, W) = grey (H, W) with the pixels that silhouettes cut blended."""
    height, width = grey.shape
    image[:] = grey
    for axis in range(2):
        for i in range(height):
            for j in range(width):
                e = owner[axis, i, j]
                if e < 0:
                    continue
                i1, j1, t, _, _ = _cut(pixels, edges, e, axis, i, j)
                step = grey[i, j] - grey[i1, j1]
                if t > 0.0:
                    image[i1, j1] += t * step
                else:
                    image[i, j] += t * step


@kernel
def blend_backward(
    points: Floats,
    pixels: Floats,
    edges: Ints,
    focal: float,
    owner: Ints,
    grey: Floats,
    grad_image: Floats,
    grad_grey: Floats,
    grad_points: Floats,
) -> None:  # pragma: no cover - compiled
    """Set grad_grey (H, W) and add to grad_points (N, 3) [camera's frame] the gradient of ``blend``."""
    height, width = grey.shape
    grad_grey[:] = grad_image
    for axis in range(2):
        for i in range(height):
            for j in range(width):
                e = owner[axis, i, j]
                if e < 0:
                    continue
                i1, j1, t, s, slope = _cut(pixels, edges, e, axis, i, j)
                g = grad_image[i1, j1] if t > 0.0 else grad_image[i, j]
                if g == 0.0:
                    continue
                grad_grey[i, j] += t * g
                grad_grey[i1, j1] -= t * g
                gv = g * (grey[i, j] - grey[i1, j1])
                for end in range(2):
                    p = edges[e, end]
                    weight = gv * (s if end == 1 else 1.0 - s)
                    gx, gy = -slope * weight, weight
                    if axis == 1:
                        gx, gy = gy, gx
                    x, y, z = points[p, 0], points[p, 1], points[p, 2]
                    f = -focal / z
                    # Pixel x = W/2 − focal·X/Z, y = H/2 + focal·Y/Z.
                    grad_points[p, 0] += gx * f
                    grad_points[p, 1] -= gy * f
                    grad_points[p, 2] += (gx * x - gy * y) * focal / (z * z)
