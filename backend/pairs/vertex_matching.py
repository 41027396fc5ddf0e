# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding which vertex is which when a file has the model's polygons under other vertex numbers.

Colour refinement (Weisfeiler and Leman, 1968) on oriented polygons tells almost all vertices of a
face apart by connectivity alone. Parts with a symmetry of their own (eyeballs, teeth) are settled by
where they are, and only if one answer is clearly the best.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from ..mesh.topology import components

_CLEARLY = 0.5
"""The best answer's misfit must be below this fraction of the second best's."""
_MAX_ROUNDS = 200

Polygons = NDArray[np.int32]


class AmbiguousError(ValueError):
    """Connectivity agrees, but more than one assignment of vertices is plausible."""


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two meshes: polygons (Q, 4), points (N, 3) over which the other's lie, colours (N,)."""

    polygons: Polygons
    points: NDArray[np.float64]
    color: NDArray[np.int64]


def match_vertices(
    polygons: Polygons, points: NDArray[np.float64], model_polygons: Polygons, model_points: NDArray[np.float64]
) -> NDArray[np.int64] | None:
    """The model vertex (N,) of each row of a file, or None when the connectivity differs.

    Parameters
    ----------
    polygons, points
        (Q, 4) and (N, 3) of the file, in any unit and axes.
    model_polygons, model_points
        The same of the model.

    Raises
    ------
    AmbiguousError
        When symmetric parts can't be told apart with certainty.
    """
    count = len(model_points)
    if len(points) != count or len(polygons) != len(model_polygons):
        return None
    color = _refined_colors(polygons, model_polygons, count)
    own, other = color[:count], color[count:]
    size = int(color.max()) + 1
    if (np.bincount(own, minlength=size) != np.bincount(other, minlength=size)).any():
        return None
    single = np.bincount(other, minlength=size) == 1
    row_of_color = np.full(size, -1)
    row_of_color[other] = np.arange(count)
    order = np.where(single[own], row_of_color[own], -1)
    known = np.flatnonzero(order >= 0)
    if len(known) == count:
        return order
    if len(known) < 0.5 * count:
        raise AmbiguousError
    ours = _Side(polygons, _affine(points, points[known], model_points[order[known]]), own)
    theirs = _Side(model_polygons, model_points, other)
    for members, model_members in _component_pairs(ours, theirs, order < 0):
        matching = _best_matching(ours, theirs, members, model_members)
        order[list(matching)] = list(matching.values())
    if (np.bincount(order, minlength=count) != 1).any():
        raise AmbiguousError
    return order


def _corners(polygons: Polygons) -> NDArray[np.int64]:
    """(C, 4) int64: vertex, next, opposite (-1 in triangles) and previous of every corner."""
    quads = polygons[polygons[:, 3] >= 0].astype(np.int64)
    triangles = polygons[polygons[:, 3] < 0, :3].astype(np.int64)
    rolled = [np.roll(quads, -k, axis=1) for k in range(4)]
    for k in range(3):
        a, b, c = np.roll(triangles, -k, axis=1).T
        rolled.append(np.stack([a, b, np.full_like(a, -1), c], axis=1))
    return np.concatenate(rolled)


def _refined_colors(polygons: Polygons, model_polygons: Polygons, count: int) -> NDArray[np.int64]:
    """(2N,) colours of the file's and the model's vertices, equal where connectivity can't tell."""
    corners = _corners(polygons)
    shifted = _corners(model_polygons)
    corners = np.concatenate([corners, np.where(shifted < 0, -1, shifted + count)])
    corners = corners[np.argsort(corners[:, 0], kind="stable")]
    vertex, around = corners[:, 0], corners[:, 1:]
    starts = np.flatnonzero(np.diff(vertex, prepend=-1))
    used = vertex[starts]
    color = np.zeros(2 * count + 1, np.uint64)
    color[-1] = 1  # of the corner that triangles lack
    found = 1
    for _ in range(_MAX_ROUNDS if len(corners) else 0):
        key = np.zeros(len(corners), np.uint64)
        for neighbour in around.T:
            key = _mixed(key + color[neighbour])
        # A sum of hashes stands for the multiset of a vertex's corners.
        color[used] = _mixed(color[used] + _mixed(np.add.reduceat(key, starts)))
        classes = 1 + int(np.count_nonzero(np.diff(np.sort(color[:-1]))))
        if classes == found:
            break
        found = classes
    return np.unique(color[:-1], return_inverse=True)[1].ravel()


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hashes of 64 bits: the output function of SplitMix64 (Steele, Lea and Flood, 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _affine(
    points: NDArray[np.float64], known: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``points`` under the affine map that best takes ``known`` to ``target``."""
    centre = known.mean(axis=0)
    matrix = np.linalg.lstsq(known - centre, target - target.mean(axis=0), rcond=None)[0]
    return (points - centre) @ matrix + target.mean(axis=0)


def _component_pairs(
    ours: _Side, theirs: _Side, unknown: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Components that still have unknown vertices, each with its counterpart, by nearness."""
    groups: dict[bytes, tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]] = defaultdict(lambda: ([], []))
    open_colors = np.unique(ours.color[unknown])
    for number, side in enumerate((ours, theirs)):
        label = components(side.polygons, len(side.points))
        for component in np.unique(label[np.isin(side.color, open_colors)]):
            members = np.flatnonzero(label == component)
            groups[np.sort(side.color[members]).tobytes()][number].append(members)
    for own, other in groups.values():
        if len(own) != len(other):
            raise AmbiguousError
        distance = cdist(
            [ours.points[members].mean(axis=0) for members in own],
            [theirs.points[members].mean(axis=0) for members in other],
        )
        for i, j in zip(*linear_sum_assignment(distance), strict=True):
            others = np.delete(distance[i], j)
            if len(others) and distance[i, j] > _CLEARLY * others.min():
                raise AmbiguousError
            yield own[i], other[j]


def _half_edges(polygons: Polygons, members: NDArray[np.int64]) -> dict[tuple[int, int], list[int]]:
    """For each directed edge of the polygons of a component: the polygon, starting at that edge."""
    inside = np.isin(polygons[:, 0], members)
    edges: dict[tuple[int, int], list[int]] = {}
    for polygon in polygons[inside].tolist():
        ring = polygon if polygon[3] >= 0 else polygon[:3]
        for k in range(len(ring)):
            turned = ring[k:] + ring[:k]
            edges[turned[0], turned[1]] = turned
    return edges


def _best_matching(
    ours: _Side, theirs: _Side, members: NDArray[np.int64], model_members: NDArray[np.int64]
) -> dict[int, int]:
    """Vertex of the file → vertex of the model in one component: the clearly best of all matchings."""
    edges, model_edges = _half_edges(ours.polygons, members), _half_edges(theirs.polygons, model_members)
    # The rarest kind of edge gives the fewest ways to lay one component over the other.
    kinds: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for a, b in edges:
        kinds[int(ours.color[a]), int(ours.color[b])].append((a, b))
    if not kinds:
        raise AmbiguousError
    kind, starts = min(kinds.items(), key=lambda item: len(item[1]))
    seed = next((e for e in model_edges if (int(theirs.color[e[0]]), int(theirs.color[e[1]])) == kind), None)
    ranked: list[tuple[float, int, dict[int, int]]] = []
    for number, start in enumerate(starts):
        matching = None if seed is None else _propagate(edges, model_edges, start, seed)
        if matching is None or len(matching) != len(members):
            continue
        gap = _at_size_one(ours.points[list(matching)]) - _at_size_one(theirs.points[list(matching.values())])
        ranked.append((float(np.linalg.norm(gap)), number, matching))
    ranked.sort()
    if not ranked or (len(ranked) > 1 and ranked[0][0] > _CLEARLY * ranked[1][0]):
        raise AmbiguousError
    return ranked[0][2]


def _at_size_one(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n, 3) around their centre at unit size: a sculpt may enlarge an eye by more than it would seem to turn."""
    around = points - points.mean(axis=0)
    size = np.sqrt((around**2).sum(axis=1).mean())
    return around / size if size > 0 else around


def _propagate(
    edges: dict[tuple[int, int], list[int]],
    model_edges: dict[tuple[int, int], list[int]],
    start: tuple[int, int],
    seed: tuple[int, int],
) -> dict[int, int] | None:
    """Walk from polygon to polygon in both meshes at once; None when they differ on the way."""
    matching: dict[int, int] = {}
    todo = [(start, seed)]
    done: set[tuple[int, int]] = set()
    while todo:
        edge, model_edge = todo.pop()
        if edge in done:
            continue
        ring, model_ring = edges.get(edge), model_edges.get(model_edge)
        if (ring is None) != (model_ring is None):
            return None
        if ring is None or model_ring is None:
            continue
        if len(ring) != len(model_ring):
            return None
        for row, model_row in zip(ring, model_ring, strict=True):
            if matching.setdefault(row, model_row) != model_row:
                return None
        for k in range(len(ring)):
            following = (k + 1) % len(ring)
            done.add((ring[k], ring[following]))
            todo.append(((ring[following], ring[k]), (model_ring[following], model_ring[k])))
    return matching
