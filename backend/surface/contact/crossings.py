# SPDX-License-Identifier: GPL-3.0-or-later
"""Which triangles of a surface run through each other, and how vertices move so that fewer do."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triangles = NDArray[np.int64]
Pairs = NDArray[np.int64]

_CELL = 1.0  # of the mean triangle's size
_MOST_CELLS = 64  # along each axis
_GRAZING = 0.2  # sine of the angle between edge and plane; where it is less, a line's end runs away
_TINY = 1e-12  # m


def crossing_pairs(points: Array, triangles: Triangles, watched: NDArray[np.bool_]) -> Pairs:
    """(P, 2) rows of triangles that cross each other, the smaller row first, sorted.

    Two triangles cross where an edge of one passes through the other. Those that share a vertex are
    left out, and so are triangles in one plane. `igl.predicates.find_self_intersections` finds the
    same pairs with exact predicates, in two to four times the processor time and without watching.

    Parameters
    ----------
    points
        (N, 3) positions, metres.
    triangles
        (M, 3) int64 vertex indices.
    watched
        (M,) bool; of a pair at least one triangle is watched.
    """
    found = np.sort(_crossing(points, triangles, watched), axis=1)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


@njit(cache=True, nogil=True)
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
        _corners(points, triangles, pairs[row, 0], pairs[row, 1], corners)
        if _ends_of_line(corners, ends, weights) != 2:
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


@njit(cache=True, nogil=True)
def _crossing(points: Array, triangles: Triangles, watched: NDArray[np.bool_]) -> Pairs:
    """(P, 2) crossing triangles, found among those whose boxes meet in a cell of a regular grid."""
    low, high, near = _boxes(points, triangles, watched)
    found = np.empty((1024, 2), np.int64)
    count = 0
    if len(near) < 2:
        return found[:count]
    first, last, shape = _cells(low, high, near, watched)
    starts, members = _members(first, last, shape)
    ends, weights = np.empty((6, 2), np.int64), np.empty((6, 4))
    corners = np.empty((2, 3, 3))
    for cell in range(len(starts) - 1):
        if starts[cell + 1] - starts[cell] < 2:
            continue
        x, y, z = cell // (shape[1] * shape[2]), cell // shape[2] % shape[1], cell % shape[2]
        for place in range(starts[cell], starts[cell + 1]):
            i = members[place]
            one = int(near[i])
            for other in range(place + 1, starts[cell + 1]):
                j = members[other]
                two = int(near[j])
                if not (watched[one] or watched[two]) or not _boxes_meet(low, high, one, two):
                    continue
                # A pair that meets in several cells is looked at in the first of them.
                if max(first[i, 0], first[j, 0]) != x or max(first[i, 1], first[j, 1]) != y:
                    continue
                if max(first[i, 2], first[j, 2]) != z or _joined(triangles, one, two):
                    continue
                _corners(points, triangles, one, two, corners)
                if _ends_of_line(corners, ends, weights) > 0:
                    if count == len(found):
                        grown = np.empty((2 * count, 2), np.int64)
                        grown[:count] = found
                        found = grown
                    found[count, 0], found[count, 1] = one, two
                    count += 1
    return found[:count]


@njit(cache=True, nogil=True)
def _boxes(
    points: Array, triangles: Triangles, watched: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Lowest and highest corners (M, 3) of the triangles' boxes, and which triangles are near watched ones."""
    low, high = np.empty((len(triangles), 3)), np.empty((len(triangles), 3))
    bottom, top = np.full(3, np.inf), np.full(3, -np.inf)
    for row in range(len(triangles)):
        for axis in range(3):
            a = points[triangles[row, 0], axis]
            b = points[triangles[row, 1], axis]
            c = points[triangles[row, 2], axis]
            low[row, axis], high[row, axis] = min(a, b, c), max(a, b, c)
            if watched[row]:
                bottom[axis] = min(bottom[axis], low[row, axis])
                top[axis] = max(top[axis], high[row, axis])
    near = np.empty(len(triangles), np.int64)
    count = 0
    for row in range(len(triangles)):
        meets = True
        for axis in range(3):
            meets = meets and low[row, axis] <= top[axis] and high[row, axis] >= bottom[axis]
        if meets:
            near[count] = row
            count += 1
    return low, high, near[:count]


@njit(cache=True, nogil=True)
def _cells(
    low: Array, high: Array, near: NDArray[np.int64], watched: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First and last cell (K, 3) of each near triangle along each axis, and how many cells there are."""
    bottom, top = np.full(3, np.inf), np.full(3, -np.inf)
    total = 0.0
    for row in near:
        largest = 0.0
        for axis in range(3):
            largest = max(largest, high[row, axis] - low[row, axis])
            if watched[row]:
                bottom[axis] = min(bottom[axis], low[row, axis])
                top[axis] = max(top[axis], high[row, axis])
        total += largest
    cell = max(_CELL * total / len(near), _TINY)
    first, last = np.empty((len(near), 3), np.int64), np.empty((len(near), 3), np.int64)
    shape = np.empty(3, np.int64)
    for axis in range(3):
        reach = top[axis] - bottom[axis]
        most = min(max(int(np.ceil(reach / cell)), 1), _MOST_CELLS)
        size = max(reach / most, _TINY)
        shape[axis] = most
        for place in range(len(near)):
            row = near[place]
            first[place, axis] = min(max(int((low[row, axis] - bottom[axis]) / size), 0), most - 1)
            last[place, axis] = min(max(int((high[row, axis] - bottom[axis]) / size), 0), most - 1)
    return first, last, shape


@njit(cache=True, nogil=True)
def _members(
    first: NDArray[np.int64], last: NDArray[np.int64], shape: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Triangles of each cell, one cell after the other, and where each cell's begin."""
    starts = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    members = np.empty(0, np.int64)
    for filling in range(2):
        for row in range(len(first)):
            for x in range(first[row, 0], last[row, 0] + 1):
                for y in range(first[row, 1], last[row, 1] + 1):
                    for z in range(first[row, 2], last[row, 2] + 1):
                        cell = (x * shape[1] + y) * shape[2] + z
                        if filling:
                            starts[cell] -= 1
                            members[starts[cell]] = row
                        else:
                            starts[cell] += 1
        if not filling:
            starts[:] = np.cumsum(starts)
            members = np.empty(starts[-1], np.int64)
    return starts, members


@njit(cache=True, nogil=True)
def _boxes_meet(low: Array, high: Array, one: int, two: int) -> bool:
    # Without branches: half of the boxes meet, and a processor's guesses would cost more than comparisons.
    return (
        (low[two, 0] <= high[one, 0])
        & (low[one, 0] <= high[two, 0])
        & (low[two, 1] <= high[one, 1])
        & (low[one, 1] <= high[two, 1])
        & (low[two, 2] <= high[one, 2])
        & (low[one, 2] <= high[two, 2])
    )


@njit(cache=True, nogil=True)
def _joined(triangles: Triangles, one: int, two: int) -> bool:
    """Whether two triangles share a vertex."""
    for i in range(3):
        for j in range(3):
            if triangles[one, i] == triangles[two, j]:
                return True
    return False


@njit(cache=True, nogil=True)
def _corners(points: Array, triangles: Triangles, one: int, two: int, corners: Array) -> None:
    """Fill ``corners`` (2, 3, 3) with those of two triangles."""
    for corner in range(3):
        for axis in range(3):
            corners[0, corner, axis] = points[triangles[one, corner], axis]
            corners[1, corner, axis] = points[triangles[two, corner], axis]


@njit(cache=True, nogil=True)
def _height(corners: Array, owner: int, corner: int, ax: float, ay: float, az: float, nx: float, ny: float, nz: float) -> float:
    x, y, z = corners[owner, corner, 0] - ax, corners[owner, corner, 1] - ay, corners[owner, corner, 2] - az
    return x * nx + y * ny + z * nz


@njit(cache=True, nogil=True, error_model="numpy")
def _ends_of_line(corners: Array, ends: NDArray[np.int64], weights: Array) -> int:
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
