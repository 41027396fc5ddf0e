# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices that a file doubled along seams, made one again, and those that only touch left apart.

Formats with one normal and one UV a vertex double the vertices of a seam; formats of loose triangles double all. The
copies lie on one spot, but so do lips that are modelled shut, and pieces that touch at a point. What tells them apart
is the surface: a seam is an *edge* that two polygons had in common, so both its ends lie on one spot, and the surface
goes on across it. Lips that meet face each other there.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

_CELLS = 2**21
"""Along the mesh's size: positions in the same cell are one spot; single precision and a node's transform leave less.
Three such numbers fill one of 64 bits."""
_NARROW = np.radians(20)
"""Surfaces that face each other across a smaller angle touch: a fold that tight is modelled without a seam in it, and
lips and lids that are shut meet at some degrees."""
_FLAT = np.radians(0.5)
"""Surfaces back to back within this are two sides of a card."""
_MOST = 8
"""More sides than this on one spot are no seams of a face; they are left alone, as each is compared with each."""

_BLOCK = 1 << 17

Indices = NDArray[np.int64]
Points = NDArray[np.float64]


def welded(
    points: Points, triangles: Indices, distinct: Callable[[], Indices] | None = None
) -> tuple[Indices, Indices]:
    """Which vertices are copies of one.

    Parameters
    ----------
    points
        (N, 3 k) positions in k shapes of the mesh; only what lies on one spot in all of them can be one. The first
        three columns say how the surface goes on.
    triangles
        (M, 3) vertices.
    distinct
        Gives (N,) numbers, asked for when anything lies on one spot: vertices with equal numbers, from 0, are known
        to be several, whatever lies between them.

    Returns
    -------
    The place (N,) of each vertex among those that are left, in the order of their first appearance, and (K,) where
    these first appear. Vertices that no triangle has are one with the first on their spot.
    """
    count = len(points)
    spot = spots(points)
    doubled = np.bincount(spot)[spot] > 1
    if not doubled.any():
        return np.arange(count), np.arange(count)
    corners = spot[triangles]
    solid = triangles[(corners != np.roll(corners, -1, axis=1)).all(axis=1)]  # the others have no surface
    ends, opposite = _border_sides(solid, doubled)
    one, two = _seams(points[:, :3], spot, ends, opposite).T
    turned = spot[ends[one, 0]] != spot[ends[two, 0]]
    same, other = ends[one], np.where(turned[:, None], ends[two, ::-1], ends[two])
    if distinct is not None and len(same):
        number = distinct()
        known = (number[same] >= 0) & (number[same] == number[other]) & (same != other)
        same, other = same[~known.any(axis=1)], other[~known.any(axis=1)]
    used = np.zeros(count, bool)
    used[triangles] = True
    loose = np.flatnonzero(~used & doubled)
    same = np.concatenate([same.ravel(), loose])
    other = np.concatenate([other.ravel(), np.unique(spot, return_index=True)[1][spot[loose]]])
    graph = sparse.coo_matrix((np.ones(len(same)), (same, other)), shape=(count, count))
    return _by_first(connected_components(graph, directed=False)[1])


def spots(*places: NDArray[Any]) -> Indices:
    """(N,) equal numbers for rows that are alike, but for rounding, in all of the arrays (N, d)."""
    number = np.zeros(len(places[0]), np.int64)
    for place in places:
        points = place.reshape(len(place), -1).astype(np.float64)
        if not points.size:
            continue
        with np.errstate(invalid="ignore", over="ignore"):  # what isn't finite is somebody else's to refuse
            size = np.ptp(points, axis=0).max()
            share = (points - points.min(axis=0)) / (size if size > 0 else 1)
            cells = np.clip(np.rint(share * (_CELLS - 1)).astype(np.int64), 0, _CELLS - 1)
        for column in range(0, cells.shape[1], 3):  # sorting numbers is much quicker than sorting rows
            key = np.zeros(len(cells), np.int64)
            for values in cells[:, column : column + 3].T:
                key = key * _CELLS + values
            place_of = np.unique(key, return_inverse=True)[1].ravel()
            if number.any():
                place_of = np.unique(number * (place_of.max() + 1) + place_of, return_inverse=True)[1].ravel()
            number = place_of
    return number


def known_doubles(triangles: Indices, *attributes: NDArray[Any]) -> Indices:
    """(N,) as `welded` takes it: vertices alike in all that a file says of them, (N, …) each, which it keeps apart.

    That they are kept apart means something only where neighbours name the same vertices at most of their edges;
    elsewhere the numbers are -1.
    """
    everywhere = np.ones(len(attributes[0]), bool)
    if 2 * len(_border_sides(triangles, everywhere)[0]) >= triangles.size:
        return np.full(len(attributes[0]), -1, np.int64)
    return spots(*attributes)


def _by_first(label: NDArray[np.integer]) -> tuple[Indices, Indices]:
    """Labels (N,) renumbered by their first appearance, and where that is."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.ravel()], np.sort(first)


def _border_sides(triangles: Indices, doubled: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """(S, 2) directed sides with a doubled end that no neighbour shares, and (S,) the corner opposite each."""
    ends = np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    opposite = np.concatenate([triangles[:, (k + 2) % 3] for k in range(3)])
    asked = doubled[ends].any(axis=1)
    ends, opposite = ends[asked], opposite[asked]
    _, inverse, uses = np.unique(_edge_keys(ends), return_inverse=True, return_counts=True)
    alone = uses[inverse.ravel()] == 1
    return ends[alone], opposite[alone]


def _edge_keys(ends: Indices) -> Indices:
    """(S,) equal numbers for sides (S, 2) between the same two."""
    return ends.min(axis=1) * (ends.max(initial=0) + 1) + ends.max(axis=1, initial=0)


def _seams(points: Points, spot: Indices, ends: Indices, opposite: Indices) -> Indices:
    """(P, 2) pairs of sides that were one edge: those between which, on its inner side, no other surface lies.

    Around an edge on which several surfaces meet, each goes on in the first that a turn through its inside comes to.
    """
    keys = _edge_keys(spot[ends])
    sides = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[sides], prepend=-1))
    uses = np.diff(starts, append=len(sides))
    found: list[Indices] = [np.empty((0, 2), np.int64)]
    for count in range(2, min(int(uses.max(initial=0)), _MOST) + 1):
        chosen = starts[uses == count]
        for block in range(0, len(chosen), _BLOCK):
            group = sides[chosen[block : block + _BLOCK, None] + np.arange(count)]
            found.append(_paired(points, spot, ends, opposite, group))
    return np.concatenate(found)


def _paired(points: Points, spot: Indices, ends: Indices, opposite: Indices, group: Indices) -> Indices:
    """The pairs among the sides (g, n) that lie on g edges, nearest first, each side once."""
    axis = points[ends[group, 1]] - points[ends[group, 0]]
    axis /= np.linalg.norm(axis, axis=-1, keepdims=True)
    arm = points[opposite[group]] - points[ends[group, 0]]
    inward = arm - (arm * axis).sum(-1, keepdims=True) * axis
    size = np.linalg.norm(inward, axis=-1, keepdims=True)
    inward /= np.where(size > 0, size, 1)
    normal = np.cross(axis, inward)
    cosine = np.einsum("gic,gjc->gij", inward, inward)
    # (g, n, n) the angle by which side i's triangle turns through its inside to lie on side j's.
    turn = np.arctan2(-np.einsum("gic,gjc->gij", normal, inward), cosine) % (2 * np.pi)
    start = spot[ends[group, 0]]
    against = start[:, :, None] != start[:, None, :]
    # Where more than two meet, what lies between them tells; two that face each other may be no edge.
    open_to = 2 * np.pi - (_NARROW if group.shape[1] == 2 else _FLAT)
    narrow = np.where(against, (turn < _FLAT) | (turn > open_to), np.cos(_NARROW) < cosine)
    vague = (size[:, :, None, 0] == 0) | (size[:, None, :, 0] == 0)  # a sliver shows no angle
    # Neighbours that are turned inside out against each other join where nothing else is in question.
    allowed = (against | (group.shape[1] == 2)) & (vague | ~narrow)
    cost = np.where(allowed, turn, np.inf)
    cost[:, np.arange(group.shape[1]), np.arange(group.shape[1])] = np.inf
    found: list[Indices] = []
    every = np.arange(len(group))
    for _ in range(group.shape[1] // 2):
        i, j = np.divmod(cost.reshape(len(group), -1).argmin(axis=1), group.shape[1])
        there = np.isfinite(cost[every, i, j])
        found.append(np.stack([group[every, i], group[every, j]], axis=1)[there])
        for taken in (i, j):
            cost[every, taken, :] = np.inf
            cost[every, :, taken] = np.inf
    return np.concatenate(found)
