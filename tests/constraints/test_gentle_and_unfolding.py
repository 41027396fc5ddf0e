# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.constraints.gentle_motion import GentleMotion
from backend.constraints.unfolding import Unfolding

Array = NDArray[np.float64]


def _ramp() -> Array:
    """One expression on 200 vertices: from no motion to 10 mm upwards."""
    delta = np.zeros((1, 200, 3))
    delta[0, :, 1] = np.linspace(0.0, 0.01, 200)
    return delta


@pytest.mark.parametrize(("gain", "allowed"), [(2.0, 1.0), (0.5, 0.5)])
@pytest.mark.parametrize("settled", [False, True])
def test_faint_motion_grows_no_more_than_the_whole_and_not_at_all(gain: float, allowed: float, settled: bool) -> None:
    delta = _ramp()
    faint = delta[0, :, 1] / 0.01 < 0.02
    offset = gain * delta[0]
    offset[faint] *= 10.0
    limited = GentleMotion(delta)(0, offset, settled=settled)
    ratio = (np.linalg.norm(limited[faint], axis=1) / np.maximum(delta[0][faint, 1], 1e-12))[1:]
    assert ratio.max() <= allowed + 1e-9
    assert ratio.min() > (0.99 if settled else 0.75) * allowed


def test_faint_says_what_an_expression_hardly_moves() -> None:
    gentle = GentleMotion(_ramp())
    assert gentle.faint(0, np.arange(3))
    assert not gentle.faint(0, np.arange(10))


def test_strong_motion_is_left_as_it_is() -> None:
    delta = _ramp()
    offset = np.random.default_rng(1).normal(size=(200, 3)) * 0.02
    strong = delta[0, :, 1] / 0.01 > 0.06
    np.testing.assert_array_equal(GentleMotion(delta)(0, offset)[strong], offset[strong])


def test_what_the_source_leaves_still_cannot_move() -> None:
    delta = _ramp()
    assert not GentleMotion(delta)(0, np.ones((200, 3)))[0].any()


def _strip() -> tuple[Array, NDArray[np.int32]]:
    x = np.arange(6) * 0.01
    vertices = np.concatenate([np.stack([x, 0 * x, 0 * x], 1), np.stack([x, 0 * x + 0.01, 0 * x], 1)])
    left = np.arange(5)
    triangles = np.concatenate([np.stack([left, left + 1, left + 7], 1), np.stack([left, left + 7, left + 6], 1)])
    return vertices, triangles.astype(np.int32)


def _flips(vertices: Array, triangles: NDArray[np.int32]) -> int:
    corners = vertices[triangles]
    return int((np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] < 0).sum())


def test_a_corner_pushed_through_its_neighbours_is_brought_back() -> None:
    vertices, triangles = _strip()
    offset = np.zeros_like(vertices)
    offset[2, 0] = 0.015  # past the next vertex
    every = np.ones(len(vertices), bool)
    unfolding = Unfolding(triangles, vertices, np.zeros_like(vertices), vertices, every)
    assert _flips(vertices + offset, triangles) == unfolding.flipped(offset) > 0
    mended = unfolding(offset)
    assert _flips(vertices + mended, triangles) == unfolding.flipped(mended) == 0
    far = [0, 6, 11]
    np.testing.assert_array_equal(mended[far], offset[far])


def test_a_corner_goes_back_no_farther_than_it_must() -> None:
    """A triangle with base 1 and height 1 whose tip went 0.3 below its base: 0.4 of its height is right again."""
    vertices = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [9.0, 9.0, 9.0]]) * 1e-3
    triangles = np.array([[0, 1, 2]], np.int32)
    offset = np.zeros_like(vertices)
    offset[2, 1] = -1.3e-3
    movable = np.array([False, False, True, True])
    mended = vertices + Unfolding(triangles, vertices, np.zeros_like(vertices), vertices, movable)(offset)
    assert 0.4e-3 < mended[2, 1] < 0.5e-3
    np.testing.assert_allclose(mended[2, [0, 2]], [0.5e-3, 0.0], atol=1e-12)
    np.testing.assert_array_equal(mended[[0, 1, 3]], vertices[[0, 1, 3]])


def test_a_triangle_that_cannot_be_widened_does_not_keep_others_narrow() -> None:
    """Two triangles are pressed to a tenth of their height; one of them may not move."""
    one = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 1.0, 0.0]]) * 1e-3
    vertices = np.concatenate([one, one + np.array([5e-3, 0.0, 0.0])])
    offset = np.zeros_like(vertices)
    offset[[2, 5], 1] = -0.9e-3
    movable = np.array([False] * 3 + [True] * 3)
    triangles = np.arange(6, dtype=np.int32).reshape(2, 3)
    mended = vertices + Unfolding(triangles, vertices, np.zeros_like(vertices), vertices, movable)(offset)
    np.testing.assert_array_equal(mended[:3], (vertices + offset)[:3])
    height = mended[5, 1] - mended[3:5, 1].mean()
    assert height > 0.35e-3


def test_a_larger_face_is_mended_in_proportion() -> None:
    vertices, triangles = _strip()
    offset = np.zeros_like(vertices)
    offset[2, 0] = 0.015
    movable = np.ones(len(vertices), bool)
    still = np.zeros_like(vertices)
    once = Unfolding(triangles, vertices, still, vertices, movable)(offset)
    larger = Unfolding(triangles, 1.3 * vertices, still, 1.3 * vertices, movable)(1.3 * offset)
    np.testing.assert_allclose(larger, 1.3 * once, rtol=0, atol=1e-12)


def test_motion_without_flips_and_vertices_that_must_stay_are_not_touched() -> None:
    vertices, triangles = _strip()
    turned = np.stack([vertices[:, 0], vertices[:, 2], vertices[:, 1]], 1) - vertices
    kept = Unfolding(triangles, vertices, turned, vertices, np.ones(len(vertices), bool))(turned)
    np.testing.assert_array_equal(kept, turned)
    offset = np.zeros_like(vertices)
    offset[2, 0] = 0.015
    movable = np.ones(len(vertices), bool)
    movable[3] = False
    mended = Unfolding(triangles, vertices, np.zeros_like(vertices), vertices, movable)(offset)
    np.testing.assert_array_equal(mended[3], offset[3])
