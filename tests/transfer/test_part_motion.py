# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.transfer.part_motion import transfer_part_motion
from tests.shapes import round_ball

Array = NDArray[np.float64]

_TURN = Rotation.from_euler("xyz", [15, -25, 5], degrees=True).as_matrix()


@pytest.fixture
def points() -> Array:
    return np.random.default_rng(0).normal(0, 0.02, (60, 3)) + np.array([0.1, 0.2, -0.1])


def test_a_turning_ball_stays_on_its_ball() -> None:
    ball, bigger = round_ball(2, 0.012).vertices, round_ball(2, 0.02).vertices + np.array([0.03, 0, 0.01])
    posed = transfer_part_motion(ball, ball @ _TURN.T, bigger, np.zeros(3), bigger.mean(0))
    centre = bigger.mean(0)
    np.testing.assert_allclose(np.linalg.norm(posed - centre, axis=1), 0.02, atol=1e-9)
    np.testing.assert_allclose(posed - centre, (bigger - centre) @ _TURN.T, atol=1e-9)


def test_a_flattened_eyeball_turns_within_its_own_surface() -> None:
    ball = round_ball(3, 0.012).vertices
    axes = np.array([1.6, 1.4, 0.7])
    tilt = Rotation.from_euler("y", 20, degrees=True).as_matrix()
    flattened = (ball * axes) @ tilt.T + 0.04
    posed = transfer_part_motion(ball, ball @ _TURN.T, flattened, np.zeros(3), flattened.mean(0))
    radii = np.linalg.norm((posed - flattened.mean(0)) @ tilt / axes, axis=1)
    np.testing.assert_allclose(radii, 0.012, atol=1e-9)
    assert np.abs(posed - flattened).max() > 0.002


def test_a_jaw_part_turns_about_the_targets_own_pivot(points: Array) -> None:
    pivot, other = points.mean(0) + np.array([0, 0.03, -0.05]), points.mean(0) + np.array([0, 0.06, -0.1])
    turned = pivot + (points - pivot) @ _TURN.T
    posed = transfer_part_motion(points, turned, points.copy(), pivot, other)
    np.testing.assert_allclose(posed, other + (points - other) @ _TURN.T, atol=1e-12)


def test_the_same_part_gives_the_same_motion_and_a_still_one_none(points: Array) -> None:
    posed = points @ _TURN.T * 1.1 + np.random.default_rng(3).normal(0, 0.002, points.shape)
    pivot = np.array([0.1, 0.15, -0.2])
    np.testing.assert_allclose(transfer_part_motion(points, posed, points, pivot, pivot), posed, atol=1e-12)
    target = points * 1.3
    np.testing.assert_array_equal(transfer_part_motion(points, points, target, pivot, pivot), target)


def test_a_part_travels_as_far_as_it_is_long_that_way(points: Array) -> None:
    """A tongue in a tiny mouth is put out as far as any; in a long snout not much further than it is larger."""
    shift, still = np.array([0.0, 0.0, 0.02]), np.zeros(3)
    for shape, share in (
        ((0.7, 0.7, 1.0), 1.0),
        ((1.0, 1.0, 0.5), 0.5),
        ((2.0, 2.0, 2.0), 2.0),
        ((1.0, 1.0, 3.0), 3 ** (1 / 3)),
    ):
        target = points * shape
        moved = transfer_part_motion(points, points + shift, target, still, still)
        np.testing.assert_allclose(moved, target + share * shift, atol=1e-12)
