# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs stand where their heads stood, whatever unit and axes their files have."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from backend.mesh.similarity import Similarity
from backend.mesh_files.glb_container import split_glb
from backend.pairs.placement import UNITS, axis_rotations
from backend.pipeline.place import Place, find_placing
from backend.rig import Rig

FOREIGN = [
    Similarity(UNITS[unit], turn, np.array([0.1, -1.6, 0.05])) for unit, turn in product(UNITS, axis_rotations()[::5])
]
"""Files' coordinates to the model's frame: all units, several axes, moved."""


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "head.obj"
    path.write_text("v 0 0 0\n", "utf-8")
    return path


@pytest.mark.parametrize("to_model", FOREIGN)
def test_a_place_is_a_unit_and_a_turn_of_axes_and_nothing_else(to_model: Similarity, text_file: Path) -> None:
    placing = find_placing(Place.SOURCE, to_model, text_file)
    points = np.random.default_rng(1).normal(0, 1, (5, 3))
    assert np.allclose(placing.from_model(to_model(points)), placing.from_file(points), atol=1e-12)
    assert placing.from_file.scale == UNITS[placing.unit] == to_model.scale
    assert np.allclose(placing.from_file.shift, 0)
    assert np.allclose(np.abs(placing.from_file.rotation).sum(0), 1) and np.linalg.det(placing.from_file.rotation) > 0
    up = placing.from_model.rotation[1]  # where the model's up comes out
    assert np.allclose(up, [0, 1, 0])
    turn = placing.from_file
    if placing.up == "+Y":
        assert turn.angle == pytest.approx(0)
    else:
        assert turn.angle == pytest.approx(180 if placing.up == "−Y" else 90)


def test_z_up_facing_minus_y_comes_out_as_every_exporter_has_it(text_file: Path) -> None:
    blender = Similarity(0.01, np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), np.array([0, -1.65, 0.1]))
    placing = find_placing(Place.SOURCE, blender, text_file)
    assert (placing.unit, placing.up, placing.forward) == ("centimetres", "+Z", "+Z")
    assert np.allclose(placing.from_file(np.array([[10.0, -20, 165]])), [[0.1, 1.65, 0.2]])
    assert "centimetres" in placing.sentence and "+Z" in placing.sentence


def test_an_upside_down_head_keeps_the_way_it_looks(text_file: Path) -> None:
    over = find_placing(Place.SOURCE, Similarity(1.0, np.diag([-1.0, -1, 1]), np.zeros(3)), text_file)
    assert (over.up, over.forward) == ("−Y", "+Z")


def test_a_head_tilted_in_its_file_stays_tilted(text_file: Path) -> None:
    angle = np.radians(20)
    tilt = np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]])
    placing = find_placing(Place.SOURCE, Similarity(0.001, tilt, np.zeros(3)), text_file)
    assert placing.from_file.angle == pytest.approx(0)
    assert placing.from_model.angle == pytest.approx(20)


def test_what_is_life_size_in_no_unit_takes_the_nearest(text_file: Path) -> None:
    giant = find_placing(Place.SOURCE, Similarity(0.5), text_file)  # a head of half a metre and more
    assert giant.unit == "metres" and giant.from_model.scale == pytest.approx(2)


def test_a_glb_keeps_its_coordinates(tmp_path: Path) -> None:
    path = tmp_path / "head.bin"
    path.write_bytes(b"glTF" + bytes(20))
    for to_model in FOREIGN:
        placing = find_placing(Place.SOURCE, to_model, path)
        assert np.allclose(placing.from_file.homogeneous, np.eye(4))
        assert np.allclose(placing.from_model.homogeneous @ to_model.homogeneous, np.eye(4), atol=1e-9)


def test_at_the_models_place_nothing_is_moved(text_file: Path) -> None:
    placing = find_placing(Place.MODEL, FOREIGN[7], text_file)
    assert np.allclose(placing.from_model.homogeneous, np.eye(4))
    assert np.allclose(placing.from_file.homogeneous, FOREIGN[7].homogeneous)
    assert placing.forward == "+Z"


def test_a_moved_rig_does_the_same_elsewhere(tiny_rig: Rig) -> None:
    place = Similarity(2.5, axis_rotations()[9], np.array([1.0, 2, 3]))
    moved, sliders = tiny_rig.moved(place), dict.fromkeys(tiny_rig.names, 0.3)
    assert np.allclose(moved.pose(sliders), place(tiny_rig.pose(sliders)), atol=1e-5)
    assert np.allclose(moved.joints, place(tiny_rig.joints.astype(float)), atol=1e-5)
    assert np.allclose(moved.moved(place.inverted).vertices, tiny_rig.vertices, atol=1e-6)


def test_the_files_extras_say_where_the_head_came_from(tiny_rig: Rig, tmp_path: Path, text_file: Path) -> None:
    from backend.cli.rig_files import write_rig

    placing = find_placing(Place.SOURCE, FOREIGN[7], text_file)
    path = tmp_path / "rig.glb"
    write_rig(tiny_rig, path, placing=placing)
    extras = split_glb(path, path.read_bytes())[0]["extras"]
    assert extras["unit"] == "metre" and extras["up"] == "+Y" and extras["place"] == "source"
    columns = np.array(extras["from_source"]).reshape(4, 4)
    point = np.array([3.0, -2, 1, 1])
    assert np.allclose(point @ columns, [*placing.from_file(point[None, :3])[0], 1])
