# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import trimesh

from backend.errors import UserError
from backend.learning.code_sampling import sample_expressions, sample_rotations, turning_joints
from backend.learning.fine_tuning.settings import PRESETS, preset
from backend.learning.pretraining.surface_points import random_points, subdivision_points
from backend.morphable_model import load_default
from backend.morphable_model.identity_fit import fit_identity


def test_random_points_are_barycentric_and_everywhere() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    triangles, areas = np.array(ball.faces, dtype=np.int32), np.array(ball.area_faces)
    corners, weights = random_points(np.random.default_rng(0), triangles, areas, 20_001)
    assert corners.shape == weights.shape == (20_001, 3)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-12)
    assert {tuple(row) for row in corners} == {tuple(row) for row in triangles}
    points = np.einsum("pk,pkx->px", weights, np.array(ball.vertices)[corners])
    np.testing.assert_allclose(points.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(weights.mean(0), 1 / 3, atol=0.01)  # uniform within each triangle
    np.testing.assert_allclose((weights**2).mean(0), 1 / 6, atol=0.01)


def test_half_of_the_points_are_drawn_by_area() -> None:
    triangles = np.array([[0, 1, 2], [3, 4, 5]], dtype=np.int32)
    corners, _ = random_points(np.random.default_rng(0), triangles, np.array([9.0, 1.0]), 20_000)
    assert (corners[:, 0] == 0).mean() == pytest.approx(0.5 * 0.9 + 0.5 * 0.5, abs=0.01)


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_subdivision_points_are_those_of_trimesh(times: int) -> None:
    ball = trimesh.creation.icosphere(subdivisions=0)
    vertices, triangles = np.array(ball.vertices), np.array(ball.faces, dtype=np.int32)
    corners, weights = subdivision_points(triangles, times)
    side = 2**times + 1
    assert len(corners) == len(triangles) * side * (side + 1) // 2
    finer = np.array(ball.vertices), np.array(ball.faces)
    for _ in range(times):
        finer = trimesh.remesh.subdivide(*finer)
    points = np.einsum("pk,pkx->px", weights, vertices[corners])
    ours, theirs = (np.unique(np.round(p, 9), axis=0) for p in (points + 10, finer[0] + 10))
    np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_expressions_are_sparse_mixes_within_the_limit() -> None:
    values = sample_expressions(np.random.default_rng(0), 4000, 52, 1.5)
    assert values.min() == 0
    assert values.max() <= 1.5
    assert values.max() > 1.49
    active = (values > 0).sum(1)
    assert active.mean() == pytest.approx(0.25 * 1 + 0.75 * (1.5 + 12) / 2, abs=0.3)  # four standard errors
    alone = values[(active == 1) & (values.max(1) == 1.5)]
    assert len(alone) / len(values) == pytest.approx(0.25, abs=0.03)
    assert ((values > 0).mean(0) > 0.02).all()


def test_rotations_stay_within_their_joints_limits_and_a_third_rests() -> None:
    model = load_default()
    joints = turning_joints(model)
    assert joints == ("jaw", "eye_l", "eye_r")
    turns = np.degrees(sample_rotations(np.random.default_rng(0), 6000, joints))
    jaw, eye = turns[:, 0], turns[:, 1]
    assert -16 <= jaw[:, 0].min() < -12
    assert 20 < jaw[:, 0].max() <= 28
    assert np.abs(jaw[:, 1]).max() <= 10
    assert np.abs(jaw[:, 2]).max() <= 3
    assert np.abs(eye).max(0)[:2] == pytest.approx([30, 35], abs=1)
    assert not eye[:, 2].any()
    assert (turns == 0).all(axis=(1, 2)).mean() == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize("size", [0.93, 1.0, 1.08])
def test_a_sampled_face_gives_its_identity_back(size: float) -> None:
    """The truth itself has the misfit |z|² + (log size / σ)²; the optimum has no more, which bounds its residual."""
    model = load_default()
    identity = model.sample_identity(np.random.default_rng(4), 1)[0]
    fit = fit_identity(model, model.evaluate(identity, size=size))
    prior = identity @ identity + (np.log(size) / model.size_deviation) ** 2
    bound = 0.2 * np.sqrt(prior / 10) * fit.size  # a noise of 0.2 mm that ten neighbouring vertices share
    assert fit.residual_mm <= bound * (1 + 1e-6)
    assert fit.residual_mm < 0.4
    assert fit.size == pytest.approx(size, rel=5e-3)
    strong = np.linalg.norm(model.identity_basis, axis=-1).mean(1).argsort()[-20:]
    np.testing.assert_allclose(fit.identity[strong], identity[strong], atol=0.3)


def test_the_residual_is_the_distance_from_the_models_span() -> None:
    model = load_default()
    rng = np.random.default_rng(5)
    face = model.evaluate(model.sample_identity(rng, 1)[0]) + rng.normal(0, 1e-3, model.template.shape)
    fit = fit_identity(model, face)
    distance = np.linalg.norm(model.evaluate(fit.identity, size=fit.size) - face, axis=1)
    assert fit.residual_mm == pytest.approx(1000 * np.sqrt((distance**2).mean()))
    assert fit.residual_mm == pytest.approx(np.sqrt(3), rel=0.05)
    assert np.abs(fit.identity).max() < 4  # noise does not make monsters


def test_presets_by_name() -> None:
    assert {name: settings.preset for name, settings in PRESETS.items()} == {name: name for name in PRESETS}
    assert preset("draft", seed=9).seed == 9
    with pytest.raises(UserError, match="superb"):
        preset("superb")
