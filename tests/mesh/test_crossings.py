# SPDX-License-Identifier: GPL-3.0-or-later
"""Crossing triangles against libigl's exact predicates, and the contour's gradient against finite differences."""

import igl.predicates
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.mesh.crossing_line import contour_gradient
from backend.mesh.crossings import crossing_pairs
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair

Array = NDArray[np.float64]


def _soup(seed: int, count: int = 120) -> tuple[Array, NDArray[np.int64]]:
    """Triangles in general position that share no vertex."""
    rng = np.random.default_rng(seed)
    corners = rng.random((count, 1, 3)) + 0.2 * rng.standard_normal((count, 3, 3))
    return corners.reshape(-1, 3), np.arange(3 * count, dtype=np.int64).reshape(-1, 3)


def _by_libigl(points: Array, triangles: NDArray[np.int64]) -> set[tuple[int, int]]:
    """Pairs without a common vertex."""
    found = np.asarray(igl.predicates.find_self_intersections(points, triangles)[1]).reshape(-1, 2)
    pairs = {(int(min(pair)), int(max(pair))) for pair in found}
    return {(i, j) for i, j in pairs if not set(triangles[i]) & set(triangles[j])}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_soup_crosses_where_libigl_says(seed: int) -> None:
    points, triangles = _soup(seed)
    found = crossing_pairs(points, triangles, np.ones(len(triangles), dtype=bool))
    expected = _by_libigl(points, triangles)
    assert len(expected) > 50
    assert {tuple(pair) for pair in found.tolist()} == expected
    assert (found[:, 0] < found[:, 1]).all()


def test_a_head_crosses_where_libigl_says(model: MorphableModel, bundled: Pair) -> None:
    triangles = model.triangles.astype(np.int64)
    found = crossing_pairs(bundled.styled, triangles, np.ones(len(triangles), dtype=bool))
    expected = _by_libigl(bundled.styled, triangles)
    assert len(expected) > 100
    pairs = {tuple(pair) for pair in found.tolist()}
    assert pairs <= expected
    assert len(expected - pairs) <= 0.01 * len(expected)  # those that only touch, which counts there


def test_pairs_have_a_watched_triangle() -> None:
    points, triangles = _soup(3)
    every = np.ones(len(triangles), dtype=bool)
    watched = np.arange(len(triangles)) % 5 == 0
    everywhere = crossing_pairs(points, triangles, every)
    found = crossing_pairs(points, triangles, watched)
    np.testing.assert_array_equal(found, everywhere[watched[everywhere].any(axis=1)])
    assert 0 < len(found) < len(everywhere)
    assert not len(crossing_pairs(points, triangles, ~every))


def test_the_length_is_that_of_the_line_in_which_two_triangles_cross() -> None:
    flat = np.array([[-1, -1, 0], [3, -1, 0], [-1, 3, 0]], dtype=np.float64)
    upright = np.array([[0.2, 0.2, -1], [0.2, 0.2, 1], [0.8, 1.0, 1.0]], dtype=np.float64)
    points, triangles = np.concatenate([flat, upright]), np.arange(6, dtype=np.int64).reshape(2, 3)
    length, _ = contour_gradient(points, triangles, np.array([[0, 1]]))
    assert length == pytest.approx(0.5)


def test_the_gradient_is_that_of_finite_differences() -> None:
    points, triangles = _soup(4)
    pairs = crossing_pairs(points, triangles, np.ones(len(triangles), dtype=bool))
    steep = [pair for pair in pairs if _steep(points, triangles[pair])]
    assert len(steep) > 10
    for pair in steep:
        rows = np.array([pair])
        _, gradient = contour_gradient(points, triangles, rows)
        for vertex in triangles[pair].ravel():
            for axis in range(3):
                ends = []
                for sign in (-1.0, 1.0):
                    moved = points.copy()
                    moved[vertex, axis] += sign * 1e-6
                    ends.append(contour_gradient(moved, triangles, rows)[0])
                assert (ends[1] - ends[0]) / 2e-6 == pytest.approx(gradient[vertex, axis], abs=1e-4)


def _steep(points: Array, pair: NDArray[np.int64]) -> bool:
    """Whether no edge of one triangle meets the other's plane at less than 15°; there the gradient is limited."""
    for own, other in (pair, pair[::-1]):
        normal = np.cross(points[other[1]] - points[other[0]], points[other[2]] - points[other[0]])
        edges = points[np.roll(own, -1)] - points[own]
        sine = np.abs(edges @ normal) / np.linalg.norm(edges, axis=1) / np.linalg.norm(normal)
        if (sine < np.sin(np.radians(15))).any():
            return False
    return True


def test_going_down_the_gradient_parts_a_bump_from_the_plate_that_it_pokes_through() -> None:
    x, y = np.meshgrid(np.linspace(0.0, 1.0, 12), np.linspace(0.0, 1.0, 12))
    cells = [(12 * i + j, 12 * i + j + 1, 12 * i + j + 12) for i in range(11) for j in range(11)]
    cells += [(12 * i + j + 1, 12 * i + j + 13, 12 * i + j + 12) for i in range(11) for j in range(11)]
    bump = 0.05 * np.exp(-((x - 0.47) ** 2 + (y - 0.52) ** 2) / 0.05) - 0.03
    plate = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    poking = np.stack([x + 0.031, y + 0.017, bump], axis=-1).reshape(-1, 3)
    points = np.concatenate([plate, poking])
    triangles = np.concatenate([np.array(cells), np.array(cells) + len(plate)]).astype(np.int64)
    every = np.ones(len(triangles), dtype=bool)
    pairs, lengths = crossing_pairs(points, triangles, every), []
    while len(pairs) and len(lengths) < 100:
        length, gradient = contour_gradient(points, triangles, pairs)
        lengths.append(length)
        points = points - 0.002 * gradient / np.abs(gradient).max()
        pairs = crossing_pairs(points, triangles, every)
    assert lengths[0] > 0.5
    assert not len(pairs)
