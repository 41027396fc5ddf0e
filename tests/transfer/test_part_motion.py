# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.mesh.similarity import affine_fit, similarity_fit
from backend.transfer.part_motion import transfer_part_motion
from tests.shapes import round_ball

Array = NDArray[np.float64]

_TURN = Rotation.from_euler("xyz", [15, -25, 5], degrees=True).as_matrix()


@pytest.fixture
def points() -> Array:
    return np.random.default_rng(0).normal(0, 0.02, (60, 3)) + np.array([0.1, 0.2, -0.1])


def test_similarity_is_recovered_exactly(points: Array) -> None:
    np.testing.assert_allclose(similarity_fit(points, 1.7 * points @ _TURN.T + 0.3), 1.7 * _TURN, atol=1e-12)


def test_rotation_agrees_with_scipy_under_noise(points: Array) -> None:
    target = points @ _TURN.T + np.random.default_rng(1).normal(0, 0.01, points.shape)
    oracle = Rotation.align_vectors(target - target.mean(0), points - points.mean(0))[0].as_matrix()
    fit = similarity_fit(points, target)
    scale = np.cbrt(np.linalg.det(fit))
    np.testing.assert_allclose(fit / scale, oracle, atol=1e-10)


def test_scale_is_the_least_squares_one(points: Array) -> None:
    """No other scale of the same rotation fits better: the derivative of the misfit is zero there."""
    target = points @ _TURN.T * 1.2 + np.random.default_rng(2).normal(0, 0.01, points.shape)
    source, goal = points - points.mean(0), target - target.mean(0)
    fitted = source @ similarity_fit(points, target).T
    assert ((fitted - goal) * fitted).sum() == pytest.approx(0, abs=1e-12)


def test_a_mirror_image_is_never_answered_with_a_reflection(points: Array) -> None:
    assert np.linalg.det(similarity_fit(points, points * np.array([-1.0, 1, 1]))) > 0


def test_weighted_point_sets_are_not_centred_again(points: Array) -> None:
    source = points - points[0]
    np.testing.assert_allclose(similarity_fit(source, source @ _TURN.T, centred=True), _TURN, atol=1e-12)
    off_centre = source @ _TURN.T + 0.05
    assert np.abs(similarity_fit(source, off_centre, centred=True) - _TURN).max() > 0.05


def test_affine_fit_recovers_a_stretch_and_falls_back_for_flat_parts(points: Array) -> None:
    stretch = np.array([[1.2, 0.1, 0], [0, 0.8, 0], [0, 0.2, 1.5]])
    np.testing.assert_allclose(affine_fit(points, points @ stretch.T - 1), stretch, atol=1e-12)
    flat = points * np.array([1, 1, 1e-4])
    fit = affine_fit(flat, 2 * flat @ _TURN.T)
    np.testing.assert_allclose(fit, 2 * _TURN, atol=1e-8)


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
