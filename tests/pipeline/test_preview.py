# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs without training: the sculpt exactly, and sliders that do what their names say."""

import numpy as np
import pytest

from backend.evaluation.eye_closure import eye_closure
from backend.head.geometry import HeadGeometry
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair
from backend.pipeline.preview import preview_style
from backend.pipeline.settled_parts import settle_inner_parts
from backend.pipeline.styler import Styler
from backend.rig import ARKIT_NAMES, Rig
from tests.rigs import assert_same_shape

EXACT = 1e-5  # m
_WHOLE_FACE = ("jawLeft", "mouthLeft")


def lengths(offsets: np.ndarray) -> np.ndarray:
    return np.linalg.norm(offsets, axis=-1)


def left_share(offsets: np.ndarray, vertices: np.ndarray) -> float:
    """Part of a slider's squared motion that is on the subject's left."""
    energy = (offsets.astype(np.float64) ** 2).sum(-1)
    return float(energy[vertices[:, 0] > 0].sum() / energy.sum())


def test_the_bundled_sculpt_is_exact_but_for_settled_parts(
    bundled: Pair, goblin_rig: Rig, head: HeadGeometry, model: MorphableModel
) -> None:
    _, settled = settle_inner_parts(head, bundled.neutral, bundled.styled)
    exact = np.ones(len(bundled.styled), bool)
    for part in settled:
        exact[model.part_vertices(part)] = False
    assert exact[head.surface.skin].all()
    away = lengths(goblin_rig.vertices - bundled.styled[bundled.input_order])
    assert away[exact[bundled.input_order]].max() <= EXACT


def test_extreme_sculpts_are_exact_everywhere(sculpted_rig: tuple[Pair, Rig]) -> None:
    pair, rig = sculpted_rig
    assert lengths(rig.vertices - pair.styled).max() <= EXACT


def test_extreme_sculpts_have_52_moving_finite_sliders(sculpted_rig: tuple[Pair, Rig]) -> None:
    _, rig = sculpted_rig
    assert rig.names == ARKIT_NAMES
    assert np.isfinite(rig.deltas).all()
    assert lengths(rig.deltas).max(axis=1).min() > 1e-3


def test_extreme_sculpts_close_their_eyes(sculpted_rig: tuple[Pair, Rig], model: MorphableModel) -> None:
    _, rig = sculpted_rig
    assert eye_closure(model, rig)["eye_closure"] <= 0.5


def test_extreme_sculpts_open_their_jaws(sculpted_rig: tuple[Pair, Rig], model: MorphableModel) -> None:
    _, rig = sculpted_rig
    assert_jaw_opens(rig, model)


def test_extreme_sliders_move_nothing_that_the_source_leaves_still(
    sculpted_rig: tuple[Pair, Rig], model: MorphableModel, head: HeadGeometry
) -> None:
    _, rig = sculpted_rig
    assert_still_skin_stays(rig, model, head)


def test_goblin_sliders(goblin_rig: Rig, model: MorphableModel, head: HeadGeometry) -> None:
    assert goblin_rig.names == ARKIT_NAMES
    assert np.isfinite(goblin_rig.deltas).all()
    assert lengths(goblin_rig.deltas).max(axis=1).min() > 1e-3
    assert_jaw_opens(goblin_rig, model)
    assert_still_skin_stays(goblin_rig, model, head)
    assert eye_closure(model, goblin_rig)["eye_closure"] <= 0.5


def assert_jaw_opens(rig: Rig, model: MorphableModel) -> None:
    assert model.landmarks is not None
    offsets = rig.deltas[rig.names.index("jawOpen")]
    source = model.expression_basis[rig.names.index("jawOpen")]
    chin, nose = model.landmarks[8], model.landmarks[30]
    lower, upper = model.part_vertices("teeth_lower"), model.part_vertices("teeth_upper")
    assert offsets[chin, 1] < 0.5 * source[chin, 1] < 0
    assert offsets[lower, 1].mean() < 0.5 * source[lower, 1].mean() < 0
    assert lengths(offsets[upper]).max() < 1e-4
    assert lengths(offsets[nose]) < 0.1 * lengths(offsets[chin])


def assert_still_skin_stays(rig: Rig, model: MorphableModel, head: HeadGeometry) -> None:
    still = (lengths(model.expression_basis) <= 1e-5) & head.surface.is_skin
    assert still.any(axis=1).all()
    assert not rig.deltas[still].any()


@pytest.mark.parametrize("name", [name for name in ARKIT_NAMES if name.endswith("Left")])
def test_left_sliders_move_the_left(goblin_rig: Rig, model: MorphableModel, name: str) -> None:
    index = ARKIT_NAMES.index(name)
    found = left_share(goblin_rig.deltas[index], goblin_rig.vertices)
    source = left_share(model.expression_basis[index], model.template)
    assert abs(found - source) < 0.05
    if name not in _WHOLE_FACE:
        assert found > 0.7


@pytest.mark.parametrize("left", [name for name in ARKIT_NAMES if name.endswith("Left")])
def test_mirrored_sliders_are_mirrored(symmetric: tuple[Pair, Rig], model: MorphableModel, left: str) -> None:
    pair, rig = symmetric
    flip = np.array([-1, 1, 1], np.float32)
    assert model.mirror is not None
    np.testing.assert_allclose(pair.styled[model.mirror] * flip, pair.styled, atol=1e-9)
    one = rig.deltas[ARKIT_NAMES.index(left)]
    other = rig.deltas[ARKIT_NAMES.index(left.removesuffix("Left") + "Right")]
    # quads are split along one diagonal, which the mirror image of the triangulation does not share
    assert lengths(one[model.mirror] * flip - other).max() < 0.02 * lengths(other).max()


def test_the_same_pair_gives_the_same_rig(bundled: Pair, goblin_rig: Rig) -> None:
    again = Styler(preview_style(bundled)).rig()
    assert_same_shape(again, goblin_rig)
