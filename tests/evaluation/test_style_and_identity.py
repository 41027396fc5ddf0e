# SPDX-License-Identifier: GPL-3.0-or-later
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import logm, polar

from backend.evaluation.identity_kept import identity_kept
from backend.evaluation.look import look, near_identities, random_identities
from backend.evaluation.style_carried import log_stretch, style_carried
from backend.morphable_model import MorphableModel

Face = NDArray[np.float64]
TRIANGLE = np.array([[0, 1, 2]])


def test_log_stretch_agrees_with_polar_decomposition_and_matrix_logarithm() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        # In the plane, first edge along x: then the triangle's frame is the world's.
        rest = np.zeros((3, 3))
        rest[1, 0], rest[2, :2] = 1 + rng.random(), rng.standard_normal(2) + np.array([0, 3])
        plane = np.eye(2) + 0.5 * rng.standard_normal((2, 2))
        turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
        styled = (rest[:, :2] @ plane.T) @ turn[:, :2].T + rng.standard_normal(3)
        _, stretch = polar(plane)
        expected = np.real(logm(stretch))
        found = log_stretch(rest, styled, TRIANGLE)[0]
        wanted = [expected[0, 0], np.sqrt(2) * expected[0, 1], expected[1, 1]]
        np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_log_stretch_of_a_uniform_scale_and_of_a_rotation() -> None:
    rng = np.random.default_rng(1)
    rest = rng.standard_normal((3, 3))
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    np.testing.assert_allclose(log_stretch(rest, rest @ turn.T + 5, TRIANGLE), 0.0, atol=1e-9)
    np.testing.assert_allclose(log_stretch(rest, 1.7 * rest, TRIANGLE)[0], [np.log(1.7), 0, np.log(1.7)], atol=1e-9)


def test_a_style_that_is_a_scale_is_carried_fully_half_or_not(model: MorphableModel, face: Face) -> None:
    people = random_identities(model, 3, 0)
    for factor, amount in ((1.44, 1.0), (1.2, 0.5)):
        found = style_carried(model, face, 1.44 * face, people, factor * people)
        assert found["style_cosine"] == pytest.approx(1.0)
        assert found["style_amount"] == pytest.approx(amount)
    assert style_carried(model, face, 1.44 * face, people, people)["style_amount"] == pytest.approx(0.0, abs=1e-9)


def test_noise_lowers_the_style_cosine(model: MorphableModel, face: Face) -> None:
    people = random_identities(model, 2, 0)
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(people.shape)
    cosines = [
        style_carried(model, face, 1.2 * face, people, 1.2 * people + scale * noise)["style_cosine"]
        for scale in (0.0, 1e-4, 3e-4, 1e-3)
    ]
    assert all(a > b for a, b in pairwise(cosines))


def test_nothing_done_keeps_every_identity(model: MorphableModel) -> None:
    people = random_identities(model, 8, 0)
    found = identity_kept(model, people, people)
    assert found["diversity"] == pytest.approx(1.0)
    assert found["distance_rank"] == pytest.approx(1.0)
    assert found["retrieval"] == 100.0


def test_shrinking_to_the_mean_halves_diversity_and_keeps_the_order(model: MorphableModel) -> None:
    people = random_identities(model, 8, 0)
    found = identity_kept(model, people, (people + people.mean(0)) / 2 + 0.01)
    assert found["diversity"] == pytest.approx(0.5)
    assert found["distance_rank"] == pytest.approx(1.0)


def test_one_face_for_all_and_faces_swapped_are_found_out(model: MorphableModel) -> None:
    people = random_identities(model, 8, 0)
    same = identity_kept(model, people, np.repeat(people[:1], 8, axis=0))
    assert same["diversity"] == 0.0
    assert same["distance_rank"] == 0.0
    assert same["retrieval"] <= 100 / 8
    assert identity_kept(model, people, np.roll(people, 1, axis=0))["retrieval"] == 0.0


def test_the_sculpt_looks_like_itself_and_less_so_with_damage(model: MorphableModel, face: Face) -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(face.shape)
    found = [look(model, face, (face + scale * noise)[None]) for scale in (0.0, 3e-4, 1e-3)]
    assert found[0]["look_cosine"] == pytest.approx(1.0)
    assert found[0]["look_iou"] == pytest.approx(1.0)
    assert found[0]["look_cosine"] > found[1]["look_cosine"] > found[2]["look_cosine"]


def test_a_smaller_head_overlaps_by_the_square_of_its_scale(model: MorphableModel, face: Face) -> None:
    center = (face.max(0) + face.min(0)) / 2
    smaller = (face - center) * 0.8 + center
    assert look(model, face, smaller[None])["look_iou"] == pytest.approx(0.64, abs=0.06)


def test_near_identities_are_near_and_reproducible(model: MorphableModel, face: Face) -> None:
    near = near_identities(model, face, 4, 0)
    far = random_identities(model, 4, 0)
    np.testing.assert_array_equal(near, near_identities(model, face, 4, 0))
    assert np.abs(near - face).mean() < 0.5 * np.abs(far - face).mean()
