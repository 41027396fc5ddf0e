# SPDX-License-Identifier: GPL-3.0-or-later
from itertools import pairwise

import numpy as np
import pytest

from backend.evaluation.baselines import DeformationTransfer, DeltaTransfer
from backend.evaluation.eye_closure import eye_closure
from backend.morphable_model import MorphableModel
from backend.rig import Rig
from benchmarks.sculpts import sculpted
from tests.evaluation.faces import BLINK_EDGE, NEUTRAL_EDGE, RADIUS, SourceFace, changed


def disc_below(edge: float) -> float:
    """Area of the part of a disc of the ball's radius below the height ``edge``."""
    angle = np.arccos(edge / RADIUS)
    return RADIUS**2 * (np.pi - angle + np.sin(angle) * np.cos(angle))


def test_visible_share_of_a_ball_behind_a_curtain_is_a_ratio_of_circle_segments(curtain: MorphableModel) -> None:
    rig = SourceFace(curtain, curtain.template.astype(np.float64)).styled_rig()
    expected = 100 * disc_below(BLINK_EDGE) / disc_below(NEUTRAL_EDGE)
    found = eye_closure(curtain, rig)
    assert found["eye_closure"] == pytest.approx(expected, rel=0.01)
    assert found["eye_closure_worst_view"] == pytest.approx(expected, rel=0.02)


def test_a_curtain_that_closes_leaves_nothing(curtain: MorphableModel) -> None:
    rig = SourceFace(curtain, curtain.template.astype(np.float64)).styled_rig()
    assert eye_closure(curtain, changed(rig, eyeBlinkLeft=2.0))["eye_closure"] == 0.0


def test_weaker_blinks_leave_more(model: MorphableModel, source_rig: Rig) -> None:
    left = [
        eye_closure(model, changed(source_rig, eyeBlinkLeft=f, eyeBlinkRight=f))["eye_closure"]
        for f in (1.0, 0.7, 0.4, 0.0)
    ]
    assert left[0] < 0.5
    assert all(a < b for a, b in pairwise(left))
    assert left[-1] == pytest.approx(100.0)


def test_one_open_eye_of_two_is_half(model: MorphableModel, source_rig: Rig) -> None:
    found = eye_closure(model, changed(source_rig, eyeBlinkLeft=0.0))["eye_closure"]
    assert 45.0 < found < 55.0


def test_lashes_can_only_hide(model: MorphableModel, source_rig: Rig) -> None:
    found = eye_closure(model, changed(source_rig, eyeBlinkLeft=0.6, eyeBlinkRight=0.6))
    assert 0.0 < found["eye_closure_with_lashes"] <= found["eye_closure"] * 1.2


def test_big_eyes_stay_open_with_plain_offsets(model: MorphableModel) -> None:
    pair = sculpted("big eyes")
    delta = eye_closure(model, DeltaTransfer(model, pair.neutral, pair.styled).styled_rig())
    moved = eye_closure(model, DeformationTransfer(model, pair.neutral, pair.styled).styled_rig())
    assert 20.0 < delta["eye_closure"] < 60.0
    assert moved["eye_closure"] < 0.3 * delta["eye_closure"]
