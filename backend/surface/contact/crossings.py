# SPDX-License-Identifier: GPL-3.0-or-later
"""Which triangles of a surface run through each other, and how vertices move so that fewer do."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triangles = NDArray[np.int64]
Pairs = NDArray[np.int64]

_CELL = 1.5  # of a middling triangle's size
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
    if not watched.any():
        return np.empty((0, 2), dtype=np.int64)
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    bottom, top = low[watched].min(axis=0), high[watched].max(axis=0)
    near = np.flatnonzero(((low <= top) & (high >= bottom)).all(axis=1))
    low, high = low[near], high[near]
    cell = max(_CELL * float(np.median((high - low).max(axis=1))), _TINY)
    shape = np.clip(np.ceil((top - bottom) / cell), 1, _MOST_CELLS).astype(np.int64)
    size = np.maximum((top - bottom) / shape, _TINY)
    first, last = (np.clip((side - bottom) / size, 0, shape - 1).astype(np.int64) for side in (low, high))
    found = _in_cells(points, triangles[near], watched[near], low, high, first, last, shape)
    found = np.sort(near[found], axis=1)
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
    place = np.empty((2, 3))
    for row in range(len(pairs)):
        both = triangles[pairs[row]]
        if _ends_of_line(points, both, ends, weights) != 2:
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
def _in_cells(
    points: Array,
    triangles: Triangles,
    watched: NDArray[np.bool_],
    low: Array,
    high: Array,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> Pairs:
    """(P, 2) crossing triangles, found among those whose boxes meet in a cell of a regular grid."""
    starts, members = _members(first, last, shape)
    found = np.empty((1024, 2), np.int64)
    count = 0
    ends, weights = np.empty((6, 2), np.int64), np.empty((6, 4))
    pair = np.empty((2, 3), np.int64)
    for cell in range(len(starts) - 1):
        x, y, z = cell // (shape[1] * shape[2]), cell // shape[2] % shape[1], cell % shape[2]
        for place in range(starts[cell], starts[cell + 1]):
            one = members[place]
            for other in range(place + 1, starts[cell + 1]):
                two = members[other]
                if not (watched[one] or watched[two]) or not _boxes_meet(low, high, one, two):
                    continue
                # A pair that meets in several cells is looked at in the first of them.
                if max(first[one, 0], first[two, 0]) != x or max(first[one, 1], first[two, 1]) != y:
                    continue
                if max(first[one, 2], first[two, 2]) != z or _joined(triangles, one, two):
                    continue
                for corner in range(3):  # element by element: assigning slices took the compiler ten seconds
                    pair[0, corner], pair[1, corner] = triangles[one, corner], triangles[two, corner]
                if _ends_of_line(points, pair, ends, weights) > 0:
                    if count == len(found):
                        grown = np.empty((2 * count, 2), np.int64)
                        for row in range(count):
                            grown[row, 0], grown[row, 1] = found[row, 0], found[row, 1]
                        found = grown
                    found[count, 0], found[count, 1] = one, two
                    count += 1
    return found[:count]


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
            for cell in range(1, len(starts)):
                starts[cell] += starts[cell - 1]
            members = np.empty(starts[-1], np.int64)
    return starts, members


@njit(cache=True, nogil=True)
def _boxes_meet(low: Array, high: Array, one: int, two: int) -> bool:
    for axis in range(3):
        if low[two, axis] > high[one, axis] or low[one, axis] > high[two, axis]:
            return False
    return True


@njit(cache=True, nogil=True)
def _joined(triangles: Triangles, one: int, two: int) -> bool:
    """Whether two triangles share a vertex."""
    for i in range(3):
        for j in range(3):
            if triangles[one, i] == triangles[two, j]:
                return True
    return False


@njit(cache=True, nogil=True)
def _ends_of_line(points: Array, pair: Triangles, ends: NDArray[np.int64], weights: Array) -> int:
    """How many edges of two triangles (2, 3) pass through the other one.

    Row by row, ``ends`` (6, 2) gets whose edge it is and which, ``weights`` (6, 4) the place on the
    edge from 0 to 1 and the barycentric coordinates in the other triangle.
    """
    count = 0
    for owner in range(2):
        a, b, c = points[pair[1 - owner, 0]], points[pair[1 - owner, 1]], points[pair[1 - owner, 2]]
        nx = (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1])
        ny = (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2])
        nz = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        area = nx * nx + ny * ny + nz * nz
        if area == 0.0:
            continue
        for edge in range(3):
            p, q = points[pair[owner, edge]], points[pair[owner, (edge + 1) % 3]]
            above = (p[0] - a[0]) * nx + (p[1] - a[1]) * ny + (p[2] - a[2]) * nz
            below = (q[0] - a[0]) * nx + (q[1] - a[1]) * ny + (q[2] - a[2]) * nz
            if above * below >= 0.0:
                continue
            along = above / (above - below)
            x, y, z = (
                p[0] + along * (q[0] - p[0]),
                p[1] + along * (q[1] - p[1]),
                p[2] + along * (q[2] - p[2]),
            )
            inside = True
            for corner in range(3):
                s = points[pair[1 - owner, (corner + 1) % 3]]
                t = points[pair[1 - owner, (corner + 2) % 3]]
                share = (
                    ((t[1] - s[1]) * (z - s[2]) - (t[2] - s[2]) * (y - s[1])) * nx
                    + ((t[2] - s[2]) * (x - s[0]) - (t[0] - s[0]) * (z - s[2])) * ny
                    + ((t[0] - s[0]) * (y - s[1]) - (t[1] - s[1]) * (x - s[0])) * nz
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
