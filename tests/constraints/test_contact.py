# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from backend.constraints.contact_pairs import ContactPairs, closing_pairs, find_contacts
from backend.mesh.topology import ring_neighbours
from tests.shapes import Mesh

Array = NDArray[np.float64]

_SIDE = 6
_SPACING = 0.01


def _plates(gap: float) -> Array:
    """Two square grids above each other, ``gap`` apart; row i lies under row i + 36."""
    x, y = np.meshgrid(np.arange(_SIDE) * _SPACING, np.arange(_SIDE) * _SPACING)
    lower = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    return np.concatenate([lower, lower + np.array([0, 0, gap])])


def _triangles() -> NDArray[np.int32]:
    cell = np.arange(_SIDE * _SIDE).reshape(_SIDE, _SIDE)
    a, b, c, d = (part.ravel() for part in (cell[:-1, :-1], cell[:-1, 1:], cell[1:, 1:], cell[1:, :-1]))
    one = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return np.concatenate([one, one + _SIDE * _SIDE]).astype(np.int32)


def test_two_plates_touch_where_they_lie_above_each_other() -> None:
    posed = _plates(0.001)
    pairs = find_contacts(posed, ring_neighbours(_triangles(), len(posed), 1), np.arange(len(posed)), 0.002)
    lower = np.minimum(pairs.first, pairs.second)
    assert sorted(lower) == list(range(_SIDE * _SIDE))
    np.testing.assert_array_equal(np.abs(pairs.first - pairs.second), _SIDE * _SIDE)
    np.testing.assert_array_equal(pairs.offsets, posed[pairs.first] - posed[pairs.second])


@pytest.mark.parametrize(
    ("open_gap", "closed_gap", "count"), [(0.001, 0.001, 0), (0.003, 0.001, 0), (0.008, 0.003, 0), (0.0041, 0.0019, 36)]
)
def test_pairs_close_that_touch_and_were_apart(open_gap: float, closed_gap: float, count: int) -> None:
    neutral = _plates(open_gap)
    assert len(closing_pairs(neutral, _plates(closed_gap), np.arange(len(neutral)))) == count


def test_neighbours_along_the_surface_do_not_touch() -> None:
    """One plate crumpled so that its vertices are close together has no contacts within the rings."""
    neutral = _plates(0.05)[: _SIDE * _SIDE]
    triangles = _triangles()[: 2 * (_SIDE - 1) ** 2]
    posed = neutral * 0.15  # 1.5 mm between neighbours
    everyone = np.arange(len(neutral))
    one_ring = ring_neighbours(triangles, len(neutral), 1)
    two_rings = ring_neighbours(triangles, len(neutral), 2)
    assert not len(find_contacts(posed, two_rings, everyone, 0.0022))
    # The grid's diagonals run one way; across the other way there are two edges.
    other_way = find_contacts(posed, one_ring, everyone, 0.0022)
    assert len(other_way) == (_SIDE - 1) ** 2


def test_only_candidates_touch() -> None:
    posed = _plates(0.001)
    some = np.array([0, 1, 2, 36, 37, 50])
    pairs = find_contacts(posed, ring_neighbours(_triangles(), len(posed), 1), some, 0.002)
    assert {frozenset(pair) for pair in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)} == {
        frozenset({0, 36}),
        frozenset({1, 37}),
    }


@pytest.mark.parametrize("rings", [1, 2, 4])
def test_rings_are_graph_distances(ball: Mesh, rings: int) -> None:
    count = len(ball.vertices)
    graph = trimesh.graph.edges_to_coo(trimesh.Trimesh(ball.vertices, ball.triangles, process=False).edges, count=count)
    distance = shortest_path(graph, directed=False, unweighted=True)
    pattern = ring_neighbours(ball.triangles, count, rings).toarray() > 0
    np.testing.assert_array_equal(pattern, distance <= rings)


def test_difference_rows_weights_and_joining() -> None:
    pairs = ContactPairs(np.array([0, 0]), np.array([2, 3]), np.ones((2, 3)))
    positions = np.random.default_rng(0).normal(size=(5, 3))
    rows = pairs.difference_rows(5) @ positions
    np.testing.assert_allclose(rows, positions[[0, 0]] - positions[[2, 3]])
    np.testing.assert_array_equal(pairs.weights(10.0, 5), [5.0, 5.0])
    kept = pairs.where(np.array([False, True]))
    assert kept.second.tolist() == [3]
    both = pairs.joined(kept)
    assert both.first.tolist() == [0, 0, 0]
    assert len(both) == 3
