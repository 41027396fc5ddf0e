# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig from the backend is taken only when its parts fit each other; axes survive both ways."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from blender_addon.frame import from_blender, to_blender
from blender_addon.process.arrays import BadArrays
from blender_addon.rig.data import rig_from_arrays


def _arrays() -> dict[str, Any]:
    draw = np.random.default_rng(2)
    return {
        "vertices": draw.normal(size=(6, 3)),
        "polygons": np.array([[0, 1, 2, 3], [2, 3, 4, -1]], np.int32),
        "names": np.array(["jawOpen", "eyeBlinkLeft"]),
        "deltas": draw.normal(size=(2, 6, 3)),
        "uv": draw.random((5, 2)),
        "uv_polygons": np.array([[0, 1, 2, 3], [2, 3, 4, -1]], np.int32),
        "face_part": np.array([0, 1], np.uint8),
        "part_names": np.array(["skin", "teeth"]),
        "joint_names": np.array(["neck", "head"]),
        "joint_parents": np.array([-1, 0]),
        "joints": draw.normal(size=(2, 3)),
        "skin_weights": np.full((6, 2), 0.5),
    }


def test_the_frames_are_a_rotation_and_each_others_inverse() -> None:
    points = np.random.default_rng(0).normal(size=(4, 7, 3))
    assert np.allclose(from_blender(to_blender(points)), points, atol=1e-6)
    turned = to_blender(np.eye(3))
    assert np.allclose(turned @ turned.T, np.eye(3))
    assert np.linalg.det(turned) == pytest.approx(1)
    forward, up, left = to_blender(np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]]))
    assert (forward.tolist(), up.tolist(), left.tolist()) == ([0, -1, 0], [0, 0, 1], [1, 0, 0])


def test_targets_are_the_turned_sum_of_neutral_and_offset() -> None:
    arrays = {f"head_1.{name}": value for name, value in _arrays().items()}
    rig = rig_from_arrays(arrays, "head_1.")
    moved = arrays["head_1.vertices"] + arrays["head_1.deltas"][1]
    assert np.allclose(from_blender(list(rig.targets())[1]), moved, atol=1e-6)
    assert rig.names == ("jawOpen", "eyeBlinkLeft")
    assert rig.joint_parents == (-1, 0)


def test_what_stands_behind_the_artists_own_polygons_is_a_surface_of_its_own() -> None:
    arrays = _arrays() | {
        "polygons": np.array([[0, 1, 2, -1], [3, 4, 5, -1]], np.int32),
        "part_names": np.array(["skin", "gums", "teeth"]),
        "face_part": np.array([0, 2], np.uint8),
    }
    rig = rig_from_arrays(arrays)
    assert rig.begins_with(np.array([0, 1, 2]), np.array([3]))
    assert rig.begins_with(np.array([0, 1, 2, 3, 4, 5]), np.array([3, 3]))
    assert not rig.begins_with(np.array([0, 2, 1]), np.array([3]))
    assert not rig.begins_with(np.array([0, 1, 2, 3]), np.array([4]))
    assert not rig.begins_with(np.array([0, 1, 2, 3, 4, 5, 0, 1, 2]), np.array([3, 3, 3]))
    rest = rig.behind(3, 1)
    assert rest.polygons.tolist() == [[0, 1, 2, -1]] and rest.part_names == ("teeth",) and rest.parts.tolist() == [0]
    assert np.array_equal(rest.vertices, rig.vertices[3:])
    assert rest.surface.corners.tolist() == [0, 1, 2]


def _set(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda arrays: arrays.__setitem__(name, value)


@pytest.mark.parametrize(
    "damage",
    [
        *(
            lambda arrays, name=name: arrays.pop(name)
            for name in _arrays()
            if name not in {"uv", "face_part", "part_names"}
        ),
        _set("deltas", np.zeros((2, 5, 3))),
        _set("polygons", np.array([[0, 1, 2, 6]])),
        _set("polygons", np.array([[0, 1, -1, -1]])),
        _set("polygons", np.array([[0.0, 1, 2, 3]])),
        _set("names", np.array(["jawOpen", "jawOpen"])),
        _set("names", np.array(["jawOpen", "x" * 64])),
        _set("names", np.array([1, 2])),
        _set("joint_parents", np.array([1, -1])),
        _set("skin_weights", np.zeros((5, 2))),
        _set("face_part", np.zeros(3, np.uint8)),
    ],
)
def test_a_rig_whose_parts_do_not_fit_is_refused(damage: Callable[[dict[str, Any]], None]) -> None:
    arrays = _arrays()
    damage(arrays)
    with pytest.raises(BadArrays, match="backend"):
        rig_from_arrays(arrays)


def _corrected() -> dict[str, Any]:
    arrays = _arrays()
    return arrays | {
        "corrective_names": np.array(["corrective_jawOpen_eyeBlinkLeft"]),
        "corrective_inputs": np.array(["jawOpen*eyeBlinkLeft"]),
        "corrective_formulas": np.array(["product"]),
        "corrective_deltas": np.random.default_rng(5).normal(size=(1, 6, 3)),
    }


def test_correctives_come_last_and_follow_sliders() -> None:
    arrays = _corrected()
    rig = rig_from_arrays(arrays)
    assert rig.every_name == (*rig.names, "corrective_jawOpen_eyeBlinkLeft")
    assert rig.correctives[0].inputs == ("jawOpen", "eyeBlinkLeft")
    last = from_blender(list(rig.targets())[-1])
    assert np.allclose(last, arrays["vertices"] + arrays["corrective_deltas"][0], atol=1e-6)
    assert rig_from_arrays(_arrays()).correctives == ()


@pytest.mark.parametrize(
    "damage",
    [
        _set("corrective_inputs", np.array(["jawOpen*noSuchSlider"])),
        _set("corrective_inputs", np.array(["jawOpen", "eyeBlinkLeft"])),
        _set("corrective_formulas", np.array(["__import__('os')"])),
        _set("corrective_names", np.array(["jawOpen"])),
        _set("corrective_deltas", np.zeros((2, 6, 3))),
    ],
)
def test_correctives_that_make_no_sense_are_refused(damage: Callable[[dict[str, Any]], None]) -> None:
    arrays = _corrected()
    damage(arrays)
    with pytest.raises(BadArrays, match="backend"):
        rig_from_arrays(arrays)
