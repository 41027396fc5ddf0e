# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from backend.mesh.similarity import Similarity, affine_fit, similarity_fit

Array = NDArray[np.float64]

_TURN = Rotation.from_euler("xyz", [15, -25, 5], degrees=True).as_matrix()


@pytest.fixture
def points() -> Array:
    return np.random.default_rng(0).normal(0, 0.02, (60, 3)) + np.array([0.1, 0.2, -0.1])


def test_similarity_is_recovered_exactly(points: Array) -> None:
    found = similarity_fit(points, 1.7 * points @ _TURN.T + 0.3)
    np.testing.assert_allclose(found.matrix, 1.7 * _TURN, atol=1e-12)
    np.testing.assert_allclose(found.shift, 0.3, atol=1e-12)


def test_an_inverse_undoes_and_offsets_know_no_shift(points: Array) -> None:
    place = Similarity(1.7, _TURN, np.array([1.0, -2, 0.5]))
    np.testing.assert_allclose(place.inverted(place(points)), points, atol=1e-12)
    np.testing.assert_allclose(place.inverted(points), place.inverse(points), atol=1e-12)
    np.testing.assert_allclose(
        place.turned(points[1:] - points[:-1]), place(points[1:]) - place(points[:-1]), atol=1e-12
    )
    columns = place.homogeneous @ np.column_stack([points, np.ones(len(points))]).T
    np.testing.assert_allclose(columns[:3].T, place(points), atol=1e-12)


def test_rotation_agrees_with_scipy_under_noise_and_weights(points: Array) -> None:
    rng = np.random.default_rng(1)
    target, weights = points @ _TURN.T + rng.normal(0, 0.01, points.shape), rng.uniform(0, 3, len(points))
    centres = [np.average(x, axis=0, weights=weights) for x in (target, points)]
    oracle = Rotation.align_vectors(target - centres[0], points - centres[1], weights=weights)[0].as_matrix()
    for scaled in (True, False):
        np.testing.assert_allclose(
            similarity_fit(points, target, weights, scaled=scaled).rotation.T, oracle, atol=1e-10
        )
    assert similarity_fit(points, target, weights, scaled=False).scale == 1.0


def test_no_other_similarity_fits_better(points: Array) -> None:
    """A general minimiser, started from the answer and off it, ends there."""
    rng = np.random.default_rng(2)
    target, weights = points @ _TURN.T * 1.2 + rng.normal(0, 0.01, points.shape), rng.uniform(0, 3, len(points))

    def misfit(parameters: Array) -> Array:
        turn = Rotation.from_rotvec(parameters[:3]).as_matrix()
        away = np.exp(parameters[3]) * points @ turn.T + parameters[4:] - target
        return (np.sqrt(weights)[:, None] * away).ravel()

    best = least_squares(misfit, np.zeros(7), xtol=1e-14, ftol=1e-14, gtol=1e-14).x
    found = similarity_fit(points, target, weights)
    assert found.scale == pytest.approx(np.exp(best[3]), rel=1e-6)
    np.testing.assert_allclose(found.rotation.T, Rotation.from_rotvec(best[:3]).as_matrix(), atol=1e-6)
    np.testing.assert_allclose(found.shift, best[4:], atol=1e-6)


def test_weights_count_as_repetitions_do(points: Array) -> None:
    target, times = points @ _TURN.T + np.random.default_rng(3).normal(0, 0.01, points.shape), np.arange(60) % 4
    often = similarity_fit(np.repeat(points, times, axis=0), np.repeat(target, times, axis=0))
    np.testing.assert_allclose(similarity_fit(points, target, times.astype(float)).matrix, often.matrix, atol=1e-12)


def test_a_reflection_comes_out_only_when_asked_for(points: Array) -> None:
    mirrored = points * np.array([-1.0, 1, 1])
    assert np.linalg.det(similarity_fit(points, mirrored).rotation) > 0
    found = similarity_fit(points, mirrored, reflect=True)
    np.testing.assert_allclose(found(points), mirrored, atol=1e-12)


def test_a_single_point_moves_there() -> None:
    found = similarity_fit(np.ones((1, 3)), np.full((1, 3), 3.0))
    np.testing.assert_allclose(found(np.ones((1, 3))), 3.0)
    assert found.scale == 1.0


def test_inverse_and_succession(points: Array) -> None:
    first, second = (Similarity(scale, _TURN, np.array([0.1, scale, 0])) for scale in (2.0, 0.3))
    np.testing.assert_allclose(first.inverse(first(points)), points, atol=1e-12)
    np.testing.assert_allclose(first.then(second)(points), second(first(points)), atol=1e-12)
    np.testing.assert_array_equal(Similarity()(points), points)
    assert first.angle == pytest.approx(np.degrees(Rotation.from_matrix(_TURN).magnitude()))


def test_affine_fit_recovers_a_stretch_and_falls_back_for_flat_parts(points: Array) -> None:
    stretch = np.array([[1.2, 0.1, 0], [0, 0.8, 0], [0, 0.2, 1.5]])
    np.testing.assert_allclose(affine_fit(points, points @ stretch.T - 1), stretch, atol=1e-12)
    flat = points * np.array([1, 1, 1e-4])
    np.testing.assert_allclose(affine_fit(flat, 2 * flat @ _TURN.T), 2 * _TURN, atol=1e-8)
