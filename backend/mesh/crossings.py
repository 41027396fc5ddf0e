# SPDX-License-Identifier: GPL-3.0-or-later
"""Which triangles of a surface run through each other."""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from .crossing_line import ends_of_line, fill_corners

Array = NDArray[np.float64]
Triangles = NDArray[np.int64]
Pairs = NDArray[np.int64]

_CELL = 1.0  # of the mean triangle's size
_MOST_CELLS = 64  # along each axis
_TINY = 1e-12  # m


def crossing_pairs(points: Array, triangles: Triangles, watched: NDArray[np.bool_]) -> Pairs:
    """(P, 2) rows of triangles that cross each other, the smaller row first, sorted.

    Two triangles cross where an edge of one passes through the other. Those that share a vertex are
    left out, and so are triangles in one plane. `igl.predicates.find_self_intersections` finds the
    same pairs with exact predicates, without watching and in about three times the processor time
    (`python -m benchmarks solvers`).

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


@kernel
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
                fill_corners(points, triangles, one, two, corners)
                if ends_of_line(corners, ends, weights) > 0:
                    if count == len(found):
                        grown = np.empty((2 * count, 2), np.int64)
                        grown[:count] = found
                        found = grown
                    found[count, 0], found[count, 1] = one, two
                    count += 1
    return found[:count]


@kernel
def _boxes(points: Array, triangles: Triangles, watched: NDArray[np.bool_]) -> tuple[Array, Array, NDArray[np.int64]]:
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


@kernel
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


@kernel
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


@kernel
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


@kernel
def _joined(triangles: Triangles, one: int, two: int) -> bool:
    """Whether two triangles share a vertex."""
    for i in range(3):
        for j in range(3):
            if triangles[one, i] == triangles[two, j]:
                return True
    return False
