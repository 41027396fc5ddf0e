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
from ...rendering.vectors import Vector, add, cross, dot, minus, plus, row, scaled


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


@kernel
def _plane(ray: Vector, normal: Vector, a: Vector) -> float:  # pragma: no cover - compiled
    """Inverse depth at a ray (x, y, −1) of the plane through a with this normal; 0 if edge-on."""
    offset = dot(normal, a)
    return dot(normal, ray) / offset if offset != 0.0 else 0.0


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
        pa, pb, pc = row(points, a), row(points, b), row(points, c)
        if -pa[2] < near or -pb[2] < near:
            continue
        across = cross(pa, pb)
        side = dot(across, pc)
        if side == 0.0 or (d >= 0 and side * dot(across, row(points, d)) <= 0.0):
            continue
        xa, ya, xb, yb = pixels[a, 0], pixels[a, 1], pixels[b, 0], pixels[b, 1]
        if max(xa, xb) < 0.0 or min(xa, xb) > width or max(ya, yb) < 0.0 or min(ya, yb) > height:
            continue
        axis = 0 if abs(xb - xa) >= abs(yb - ya) else 1
        if axis == 0:
            u0, v0, u1, v1, columns, rows = xa, ya, xb, yb, width, height
        else:
            u0, v0, u1, v1, columns, rows = ya, xa, yb, xb, height, width
        # Half-open, so that a chain of edges crosses each column of pixel centres once.
        start = max(0, math.ceil(min(u0, u1) - 0.5))
        stop = min(columns, math.ceil(max(u0, u1) - 0.5))
        if start >= stop:
            continue
        qa, qb = -1.0 / pa[2], -1.0 / pb[2]
        normal1 = cross(minus(pb, pa), minus(pc, pa))
        normal2 = cross(minus(pb, pa), minus(row(points, d), pa)) if d >= 0 else normal1
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
            ray = (j0 + 0.5 - half_w) * pixel, (half_h - i0 - 0.5) * pixel, -1.0
            if dot(across, ray) * side > 0.0:
                inner, outer, beyond = inverse_depth[i0, j0], inverse_depth[i1, j1], face[i1, j1]
            else:
                inner, outer, beyond = inverse_depth[i1, j1], inverse_depth[i0, j0], face[i0, j0]
                ray = (j1 + 0.5 - half_w) * pixel, (half_h - i1 - 0.5) * pixel, -1.0
            # What is seen inside the edge must be its own surface, not another one that hides the
            # edge. The planes of its two triangles bound the depth of a surface that curves away.
            p1, p2 = _plane(ray, normal1, pa), _plane(ray, normal2, pa)
            low, high = min(q, p1, p2), max(q, p1, p2)
            if inner < low * (1.0 - slack) or inner > high * (1.0 + slack):
                continue
            # What is seen beyond must pass behind the edge. Its depth at the edge counts, not at
            # the pixel's centre: in a crease it may rise to the viewer within half a pixel.
            if outer >= q:
                at = plus(scaled(pa, (1.0 - s) * qa), scaled(pb, s * qb))
                f0, f1, f2 = row(triangles, beyond)
                o = row(points, f0)
                behind = cross(minus(row(points, f1), o), minus(row(points, f2), o))
                if _plane(at, behind, o) >= q:
                    continue
            nearest[axis, i0, j0] = q
            owner[axis, i0, j0] = e


@kernel
def _cut(
    pixels: Floats, edges: Ints, owner: Ints, axis: int, i: int, j: int
) -> tuple[int, int, float, float, float]:  # pragma: no cover - compiled
    """How a pixel's silhouette cuts it and the next one along an axis.

    The next pixel's row and column; how far past their common border the edge is; where on the edge
    that is, 0 … 1; and the edge's slope.
    """
    k, m = (j, i) if axis == 0 else (i, j)
    a, b = edges[owner[axis, i, j], 0], edges[owner[axis, i, j], 1]
    u0, v0 = pixels[a, axis], pixels[a, 1 - axis]
    run, rise = pixels[b, axis] - u0, pixels[b, 1 - axis] - v0
    s = (k + 0.5 - u0) / run
    # The edge lies between the centres m + ½ and m + 1½: past the border m + 1 the first pixel's surface
    # covers that much of the second pixel, before it the reverse.
    return i + 1 - axis, j + axis, v0 + s * rise - (m + 1.0), s, rise / run


@kernel
def blend(pixels: Floats, edges: Ints, owner: Ints, grey: Floats, image: Floats) -> None:  # pragma: no cover - compiled
    """Image (H, W) = grey (H, W) with the pixels that silhouettes cut blended."""
    image[:] = grey
    cuts = np.argwhere(owner >= 0)
    for n in range(len(cuts)):
        axis, i, j = row(cuts, n)
        i1, j1, t, _, _ = _cut(pixels, edges, owner, axis, i, j)
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
    grad_grey[:] = grad_image
    cuts = np.argwhere(owner >= 0)
    for n in range(len(cuts)):
        axis, i, j = row(cuts, n)
        i1, j1, t, s, slope = _cut(pixels, edges, owner, axis, i, j)
        g = grad_image[i1, j1] if t > 0.0 else grad_image[i, j]
        if g == 0.0:
            continue
        grad_grey[i, j] += t * g
        grad_grey[i1, j1] -= t * g
        gv = g * (grey[i, j] - grey[i1, j1])
        for end in range(2):
            p = edges[owner[axis, i, j], end]
            weight = gv * (s if end == 1 else 1.0 - s)
            gx, gy = (-slope * weight, weight) if axis == 0 else (weight, -slope * weight)
            x, y, z = row(points, p)
            f = -focal / z
            # Pixel x = W/2 − focal·X/Z, y = H/2 + focal·Y/Z.
            add(grad_points, p, (gx * f, -gy * f, (gx * x - gy * y) * focal / (z * z)))
