# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the sky, and of a broad lamp, each vertex sees past the rest of the mesh.

Depth maps of the whole mesh are drawn from many directions; a vertex is lit from a direction when
it lies on the surface that is seen from there. One value per vertex is enough for soft light.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from ..kernels import kernel
from .arrays import Floats, Ints
from .rasterizer import project_points, rasterize_rows

_MAP = 176
_SKY, _LAMP = 40, 14  # directions
_SPREAD = 0.28  # radius of the lamp at a distance of 1
# The maps are drawn from so far away, in radii, that rays are parallel to a fiftieth of a radian.
_FAR = 50.0


def sky_directions(count: int) -> Floats:
    """Unit vectors (count, 3) spread evenly over the sphere along a golden spiral."""
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    turn = k * math.pi * (3 - math.sqrt(5))
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(turn), z, r * np.sin(turn)], axis=1)


def lamp_directions(center: Floats, spread: float, count: int) -> Floats:
    """Unit vectors (count, 3) spread evenly over a disc of radius ``spread`` around ``center`` (3,)."""
    k = np.arange(count) + 0.5
    radius, turn = spread * np.sqrt(k / count), k * math.pi * (3 - math.sqrt(5))
    side = np.cross(center, [0.0, 0.0, 1.0] if abs(center[1]) > 0.9 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    over = np.cross(side, center)
    spots = center + (radius * np.cos(turn))[:, None] * side + (radius * np.sin(turn))[:, None] * over
    return spots / np.linalg.norm(spots, axis=1, keepdims=True)


@kernel(parallel=True)
def _visible_from(
    points: Floats, triangles: Ints, directions: Floats, radius: float, bias: float, size: int, seen: Floats
) -> None:  # pragma: no cover - compiled
    """Seen (D, N) in 0…1: the share of four texels around each vertex that do not hide it."""
    focal = 0.49 * size * _FAR
    for k in prange(directions.shape[0]):
        face, depth = np.empty((size, size), np.int32), np.empty((size, size))
        local, pixels = np.empty(points.shape), np.empty((points.shape[0], 2))
        dx, dy, dz = directions[k, 0], directions[k, 1], directions[k, 2]
        # Any two axes across the direction will do (Duff et al., "Building an orthonormal
        # basis, revisited", 2017).
        sign = 1.0 if dz >= 0.0 else -1.0
        a = -1.0 / (sign + dz)
        b = dx * dy * a
        for i in range(points.shape[0]):
            x, y, z = points[i, 0], points[i, 1], points[i, 2]
            local[i, 0] = (1.0 + sign * dx * dx * a) * x + sign * b * y - sign * dx * z
            local[i, 1] = b * x + (sign + dy * dy * a) * y - dy * z
            local[i, 2] = dx * x + dy * y + dz * z - _FAR * radius
        project_points(local, focal, size, size, pixels)
        rasterize_rows(local, pixels, triangles, focal, 1e-3 * radius, 0, size, face, depth)
        for i in range(points.shape[0]):
            limit = 1.0 / (-local[i, 2] - bias)
            x, y = pixels[i, 0] - 0.5, pixels[i, 1] - 0.5
            j0, i0 = min(max(int(x), 0), size - 2), min(max(int(y), 0), size - 2)
            u, v = min(max(x - j0, 0.0), 1.0), min(max(y - i0, 0.0), 1.0)
            value = 0.0
            if depth[i0, j0] <= limit:
                value += (1.0 - u) * (1.0 - v)
            if depth[i0, j0 + 1] <= limit:
                value += u * (1.0 - v)
            if depth[i0 + 1, j0] <= limit:
                value += (1.0 - u) * v
            if depth[i0 + 1, j0 + 1] <= limit:
                value += u * v
            seen[k, i] = value


def visibility(points: Floats, casters: Ints, directions: Floats) -> Floats:
    """Seen (D, N) in 0…1: whether vertices (N, 3) see each direction (D, 3) past the mesh.

    ``casters`` (C, 3) are the triangles that hide things.
    """
    used = points[np.unique(casters)] if len(casters) else points
    low, high = used.min(axis=0), used.max(axis=0)
    centered = points - 0.5 * (low + high)
    radius = max(float(np.linalg.norm(used - 0.5 * (low + high), axis=1).max()), 1e-9)
    seen = np.empty((len(directions), len(points)))
    bias = 2.2 * radius / (0.49 * _MAP)
    _visible_from(np.ascontiguousarray(centered), casters, directions, radius, bias, _MAP, seen)
    return seen


def sky_light(points: Floats, normals: Floats, triangles: Ints, casters: Ints) -> Floats:
    """Share (N,) of the sky's light that reaches each vertex; the sky is brighter above (+Y)."""
    directions = sky_directions(_SKY)
    weight = np.clip(directions @ normals.T, 0.0, None) * (0.65 + 0.35 * directions[:, 1:2])
    seen = visibility(points, casters, directions)
    share = (weight * seen).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    return smooth(np.clip(share, 0.0, 1.0), triangles)


def lamp_light(points: Floats, triangles: Ints, casters: Ints, lamp: Floats) -> Floats:
    """Share (N,) of a broad lamp in direction ``lamp`` (3,) that each vertex sees."""
    seen = visibility(points, casters, lamp_directions(lamp, _SPREAD, _LAMP))
    return smooth(seen.mean(axis=0), triangles)


def smooth(values: Floats, triangles: Ints) -> Floats:
    """Values (N,) averaged half with those of the neighbours."""
    total, count = np.zeros(len(values)), np.zeros(len(values))
    for k in range(3):
        other = values[triangles[:, (k + 1) % 3]] + values[triangles[:, (k + 2) % 3]]
        total += np.bincount(triangles[:, k], other, len(values))
        count += np.bincount(triangles[:, k], minlength=len(values)) * 2
    return np.where(count > 0, 0.5 * values + 0.5 * total / np.maximum(count, 1), values)
