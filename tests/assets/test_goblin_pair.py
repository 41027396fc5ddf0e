# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundled example pair: ours, symmetric, well outside the identity space, and soundly built."""

import numpy as np
import pytest

from backend.assets.sculpt_goblin import GOBLIN_PAIR, sculpt, sitter
from backend.assets.sculpture import Sculpture, bump
from backend.evaluation.penetration import IntersectionCounter
from backend.morphable_model import MorphableModel

AXIS = np.array([-1, 1, 1])


@pytest.fixture(scope="module")
def pair() -> dict[str, np.ndarray]:
    with np.load(GOBLIN_PAIR, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def residual(model: MorphableModel, points: np.ndarray) -> float:
    """RMS distance [mm] of the skin to the nearest face that the identity space holds."""
    skin = np.flatnonzero(model.regions["skin"])
    basis = model.identity_basis[:, skin].reshape(100, -1).astype(np.float64).T
    offset = (points[skin] - model.template[skin]).astype(np.float64).ravel()
    coefficients = np.linalg.lstsq(basis, offset, rcond=None)[0]
    rest = (offset - basis @ coefficients).reshape(-1, 3)
    return 1000 * float(np.sqrt((rest**2).sum(1).mean()))


def test_it_has_the_form_of_the_other_pairs(model: MorphableModel, pair: dict[str, np.ndarray]) -> None:
    for name in ("neutral", "styled"):
        assert pair[name].shape == (5208, 3)
        assert pair[name].dtype == np.float32
        assert np.isfinite(pair[name]).all()
    assert np.array_equal(pair["source_vertex"], model.source_vertex)


def test_it_is_what_the_script_sculpts(model: MorphableModel, pair: dict[str, np.ndarray]) -> None:
    neutral = sitter(model)
    np.testing.assert_allclose(pair["neutral"], neutral, atol=1e-6)
    np.testing.assert_allclose(pair["styled"], sculpt(model, neutral), atol=1e-6)


def test_it_is_symmetric(model: MorphableModel, pair: dict[str, np.ndarray]) -> None:
    for name in ("neutral", "styled"):
        np.testing.assert_allclose(pair[name][model.mirror] * AXIS, pair[name], atol=1e-6)


def test_the_neutral_is_a_face_of_the_model_and_the_goblin_is_not(
    model: MorphableModel, pair: dict[str, np.ndarray]
) -> None:
    assert residual(model, pair["neutral"]) < 0.05
    assert residual(model, pair["styled"]) > 3


def test_teeth_and_tongue_are_untouched_and_eyeballs_stay_balls(
    model: MorphableModel, pair: dict[str, np.ndarray]
) -> None:
    inner = model.part_vertices("teeth_upper", "teeth_lower", "tongue")
    assert np.array_equal(pair["styled"][inner], pair["neutral"][inner])
    ball = model.part_vertices("eye_l")
    before, after = (pair[name][ball].astype(np.float64) for name in ("neutral", "styled"))
    distances = [np.linalg.norm(points[:, None] - points[None], axis=-1) for points in (before, after)]
    ratio = distances[1][distances[0] > 0.001] / distances[0][distances[0] > 0.001]
    assert ratio.max() - ratio.min() < 1e-3
    assert ratio.mean() > 1.1  # larger eyes


def test_lids_sit_on_the_eyeballs_as_they_did(model: MorphableModel, pair: dict[str, np.ndarray]) -> None:
    ball = model.part_vertices("eye_l")
    lids = np.flatnonzero(model.regions["lid_upper_left"] | model.regions["lid_lower_left"])
    ratios = []
    for name in ("neutral", "styled"):
        centre = pair[name][ball].mean(0)
        radius = np.linalg.norm(pair[name][ball] - centre, axis=1).max()
        ratios.append(np.linalg.norm(pair[name][lids] - centre, axis=1) / radius)
    assert np.abs(ratios[1] - ratios[0]).max() < 0.01


def test_it_cuts_through_itself_no_more_than_the_neutral(model: MorphableModel, pair: dict[str, np.ndarray]) -> None:
    counter = IntersectionCounter.of(model)
    styled, neutral = (counter.count(pair[name].astype(np.float64)) for name in ("styled", "neutral"))
    assert (styled <= neutral).all()


def test_the_neck_seam_stays(model: MorphableModel, pair: dict[str, np.ndarray]) -> None:
    seam = model.regions["neck_seam"]
    np.testing.assert_allclose(pair["styled"][seam], pair["neutral"][seam], atol=1e-6)


def test_a_stroke_on_one_side_is_made_on_both(model: MorphableModel) -> None:
    rest = model.template.astype(np.float64) * 1000
    clay = Sculpture(model, rest)
    clay.move(clay.near(model.landmarks[[12]], 20, smooth=0), (5, 0, 0))
    np.testing.assert_allclose(clay.points[model.mirror] * AXIS, clay.points, atol=1e-9)
    moved = clay.points - rest
    assert moved[model.landmarks[12], 0] == pytest.approx(5)
    assert moved[model.landmarks[4], 0] == pytest.approx(-5)
    clay.move(np.ones(5208), (0, 1, 0))  # its own mirror image: moved once, not twice
    np.testing.assert_allclose(clay.points - rest - moved, np.broadcast_to([0, 1, 0], moved.shape), atol=1e-9)


def test_brush_distance_runs_along_the_surface(model: MorphableModel) -> None:
    clay = Sculpture(model, model.template.astype(np.float64) * 1000)
    upper, lower = model.landmarks[62], model.landmarks[66]
    straight = np.linalg.norm(clay.neutral[upper] - clay.neutral[lower])
    assert clay.distance([upper])[lower] > 10 * straight  # the lips touch, but the way round is long


def test_bump_is_one_at_the_centre_and_level_at_the_edge() -> None:
    assert bump(0, 5) == 1
    assert bump(5, 5) == 0
    assert (np.diff(bump(np.linspace(0, 6, 50), 5)) <= 0).all()
    assert (bump(5 - 1e-4, 5) - bump(5, 5)) / 1e-4 < 1e-3
