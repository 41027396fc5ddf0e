# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.constraints.correction import ContactCorrection
from backend.constraints.plausible_mixes import plausible_mixes
from backend.constraints.triangles_in_mixes import widen
from backend.evaluation.poses import random_mixes
from backend.evaluation.smooth_motion import smooth_motion
from backend.head.geometry import HeadGeometry
from backend.mesh.gradients import triangle_frames
from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.rig.expressions import ARKIT_NAMES
from backend.rigging.styled_keys import styled_keys
from tests.sculpts import real, sculpt_named

Array = NDArray[np.float64]

_TRIANGLE = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 1.0, 0.0]])
_BOTH = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def _widened(own: Array, keys: Array, ready: Array, size: float = 1e-3) -> Array:
    """Keys (3, 2, 3) of a triangle after mending, in its own size; ``own`` are the source's."""
    rest, result = size * _TRIANGLE, size * keys
    rows = np.array([[0, 1, 2]])
    frames = triangle_frames(rest, rows.astype(np.int32))
    local = np.linalg.solve(frames, frames[..., :2])
    widen(rows, local, rest, rest, result, size * own, ready, _BOTH)
    return result / size


def _pressing(*heights: float) -> Array:
    """Two keys (3, 2, 3) that lower the tip."""
    keys = np.zeros((3, 2, 3))
    keys[2, :, 1] = -np.array(heights)
    return keys


def _height(keys: Array) -> float:
    posed = _TRIANGLE + keys.sum(axis=1)
    return float(posed[2, 1] - posed[:2, 1].mean())


def test_two_keys_that_turn_a_triangle_over_together_share_what_it_lacks() -> None:
    keys = _pressing(0.6, 0.6)
    assert _height(keys) < 0
    mended = _widened(np.zeros_like(keys), keys, np.ones((3, 2)))
    assert 0.19 < _height(mended) < 0.3
    np.testing.assert_allclose(mended[:, 0], mended[:, 1], atol=1e-9)


def test_vertices_that_are_held_in_a_key_stay_and_the_other_key_gives_way() -> None:
    keys, ready = _pressing(0.6, 0.6), np.ones((3, 2))
    ready[:, 0] = 0.0
    mended = _widened(np.zeros_like(keys), keys, ready)
    np.testing.assert_array_equal(mended[:, 0], keys[:, 0])
    assert _height(mended) > 0.19


def test_what_the_source_turns_over_may_follow() -> None:
    keys = _pressing(0.0, 1.4)
    np.testing.assert_array_equal(_widened(keys, keys, np.ones((3, 2))), keys)


def test_wide_triangles_are_left_alone() -> None:
    keys = _pressing(0.3, 0.4)
    np.testing.assert_array_equal(_widened(np.zeros_like(keys), keys, np.ones((3, 2))), keys)


def test_a_larger_triangle_is_mended_in_proportion() -> None:
    keys = _pressing(0.6, 0.7)
    once, larger = (_widened(np.zeros_like(keys), keys, np.ones((3, 2)), size) for size in (1e-3, 1.3e-3))
    np.testing.assert_allclose(larger, once, rtol=0, atol=1e-9)


def test_mixes_hold_no_opposites_and_open_the_jaw_below_a_closed_mouth() -> None:
    names = list(ARKIT_NAMES)
    jaw, close = names.index("jawOpen"), names.index("mouthClose")
    bases = np.zeros((52, 52))
    bases[close, jaw] = 1.0
    mixes = plausible_mixes(names, bases, 200)
    assert mixes.shape == (252, 52)
    assert (mixes >= 0).all() and (mixes <= 1).all()
    assert (mixes[:, jaw] >= mixes[:, close]).all()
    for first, second in (("mouthLeft", "mouthRight"), ("eyeBlinkLeft", "eyeWideLeft")):
        assert not (mixes[:, names.index(first)] * mixes[:, names.index(second)]).any()
    np.testing.assert_array_equal(mixes, plausible_mixes(names, bases, 200))


def test_what_a_mix_does_on_one_side_the_next_does_on_the_other() -> None:
    names = list(ARKIT_NAMES)
    turned = {"Left": "Right", "Right": "Left"}
    sides = [next((side for side in turned if name.endswith(side)), "") for name in names]
    other = [
        names.index(name.removesuffix(side) + turned[side]) if side else row
        for row, (name, side) in enumerate(zip(names, sides, strict=True))
    ]
    mixes = plausible_mixes(names, np.zeros((52, 52)), 200)[52:]
    np.testing.assert_array_equal(mixes[1::2], mixes[::2, other])
    assert (mixes[1::2] != mixes[::2]).any()


@pytest.mark.parametrize(("name", "strength"), [("tiny mouth", 1.25), *((name, 1.0) for name in real("goblin"))])
def test_unseen_mixes_of_a_sculpt_turn_hardly_any_skin_over(
    name: str, strength: float, model: MorphableModel, head: HeadGeometry
) -> None:
    """Judged by the evaluation's own mixes and its own count."""
    neutral = sculpt_named(name).neutral
    styled = neutral + strength * (sculpt_named(name).styled - neutral)
    mixes = random_mixes(model, 200, 7)
    raw = styled_keys(head.model).expressions(head.face(neutral), head.face(styled))
    mended, _ = styled_keys(head.model).mixes(neutral, styled, raw, {})
    flipped = [
        smooth_motion(model, neutral, build_rig(model, name, styled, offsets), mixes)["flipped"]
        for offsets in (raw, mended)
    ]
    assert flipped[0] > 20
    assert flipped[1] <= flipped[0] / 4
    skin, motion = head.surface.skin, np.linalg.norm(mended - raw, axis=2)
    assert not motion[:, skin][ContactCorrection(head).freedom[:, skin] == 0].any()
