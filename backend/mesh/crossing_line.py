# SPDX-License-Identifier: GPL-3.0-or-later
"""The line in which two triangles cross, and how vertices move so that it gets shorter."""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel

Array = NDArray[np.float64]
Triangles = NDArray[np.int64]
Pairs = NDArray[np.int64]

_GRAZING = 0.2  # sine of the angle between edge and plane; where it is less, a line's end runs away
_TINY = 1e-12  # m


@kernel
def contour_gradient(points: Array, triangles: Triangles, pairs: Pairs) -> tuple[float, Array]:
    """Length of the lines in which triangles cross, metres, and its gradient (N, 3) by the vertices.

    Such a line has two ends, each where an edge e of one triangle passes through the plane of the
    other, with unit normal n. When the point of the edge moves by d, the end moves by d − e (n·d)/(n·e);
    the plane's motion acts the other way round. Going down this gradient parts surfaces that have
    no inside and no outside (after Volino & Magnenat-Thalmann, "Resolving surface collisions through
    intersection contour minimization", SIGGRAPH 2006).

    Parameters
    ----------
    points
        (N, 3) positions, metres.
    triangles
        (M, 3) int64 vertex indices.
    pairs
        (P, 2) rows of triangles. Pairs that do not cross in a line add nothing.
    """
    gradient = np.zeros_like(points)
    total = 0.0
    ends, weights = np.empty((6, 2), np.int64), np.empty((6, 4))
    place, corners = np.empty((2, 3)), np.empty((2, 3, 3))
    for row in range(len(pairs)):
        both = triangles[pairs[row]]
        fill_corners(points, triangles, pairs[row, 0], pairs[row, 1], corners)
        if ends_of_line(corners, ends, weights) != 2:
            continue
        for end in range(2):
            owner, edge = ends[end]
            start, stop = both[owner, edge], both[owner, (edge + 1) % 3]
            place[end] = points[start] + weights[end, 0] * (points[stop] - points[start])
        line = place[0] - place[1]
        length = np.sqrt((line**2).sum())
        if length < _TINY:
            continue
        total += length
        for end in range(2):
            outwards = line / (length if end == 0 else -length)
            owner, edge = ends[end]
            start, stop = both[owner, edge], both[owner, (edge + 1) % 3]
            plane, along = both[1 - owner], weights[end, 0]
            normal = np.cross(points[plane[1]] - points[plane[0]], points[plane[2]] - points[plane[0]])
            normal /= np.sqrt((normal**2).sum())
            vector = points[stop] - points[start]
            slope, least = (normal * vector).sum(), _GRAZING * np.sqrt((vector**2).sum())
            if abs(slope) < least:
                slope = least if slope > 0.0 else -least
            of_plane = normal * ((outwards * vector).sum() / slope)
            gradient[start] += (1.0 - along) * (outwards - of_plane)
            gradient[stop] += along * (outwards - of_plane)
            for corner in range(3):
                gradient[plane[corner]] += weights[end, 1 + corner] * of_plane
    return total, gradient


@kernel
def fill_corners(points: Array, triangles: Triangles, one: int, two: int, corners: Array) -> None:
    """Fill ``corners`` (2, 3, 3) with those of two triangles."""
    for corner in range(3):
        for axis in range(3):
            corners[0, corner, axis] = points[triangles[one, corner], axis]
            corners[1, corner, axis] = points[triangles[two, corner], axis]


@kernel
def _height(
    corners: Array, owner: int, corner: int, ax: float, ay: float, az: float, nx: float, ny: float, nz: float
) -> float:
    x, y, z = corners[owner, corner, 0] - ax, corners[owner, corner, 1] - ay, corners[owner, corner, 2] - az
    return x * nx + y * ny + z * nz


@kernel(error_model="numpy")
def ends_of_line(corners: Array, ends: NDArray[np.int64], weights: Array) -> int:
    """How many edges of two triangles (2, 3, 3) pass through the other one.

    Row by row, ``ends`` (6, 2) gets whose edge it is and which, ``weights`` (6, 4) the place on the
    edge from 0 to 1 and the barycentric coordinates in the other triangle.
    """
    count = 0
    for owner in range(2):
        other = 1 - owner
        ax, ay, az = corners[other, 0, 0], corners[other, 0, 1], corners[other, 0, 2]
        bx, by, bz = corners[other, 1, 0] - ax, corners[other, 1, 1] - ay, corners[other, 1, 2] - az
        cx, cy, cz = corners[other, 2, 0] - ax, corners[other, 2, 1] - ay, corners[other, 2, 2] - az
        nx, ny, nz = by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx
        area = nx * nx + ny * ny + nz * nz
        if area == 0.0:
            continue
        first = _height(corners, owner, 0, ax, ay, az, nx, ny, nz)
        second = _height(corners, owner, 1, ax, ay, az, nx, ny, nz)
        third = _height(corners, owner, 2, ax, ay, az, nx, ny, nz)
        if min(first, second, third) > 0.0 or max(first, second, third) < 0.0:
            return count  # most pairs: one lies on one side of the other
        for edge in range(3):
            after = edge + 1 if edge < 2 else 0
            above = first if edge == 0 else second if edge == 1 else third
            below = second if edge == 0 else third if edge == 1 else first
            if above * below >= 0.0:
                continue
            px, py, pz = corners[owner, edge, 0], corners[owner, edge, 1], corners[owner, edge, 2]
            qx, qy, qz = corners[owner, after, 0], corners[owner, after, 1], corners[owner, after, 2]
            along = above / (above - below)
            x, y, z = px + along * (qx - px), py + along * (qy - py), pz + along * (qz - pz)
            inside = True
            for corner in range(3):
                i, j = (corner + 1) % 3, (corner + 2) % 3
                sx, sy, sz = corners[other, i, 0], corners[other, i, 1], corners[other, i, 2]
                tx, ty, tz = corners[other, j, 0] - sx, corners[other, j, 1] - sy, corners[other, j, 2] - sz
                share = (
                    (ty * (z - sz) - tz * (y - sy)) * nx
                    + (tz * (x - sx) - tx * (z - sz)) * ny
                    + (tx * (y - sy) - ty * (x - sx)) * nz
                ) / area
                if share < 0.0:
                    inside = False
                    break
                weights[count, 1 + corner] = share
            if inside:
                ends[count, 0], ends[count, 1] = owner, edge
                weights[count, 0] = along
                count += 1
    return count
