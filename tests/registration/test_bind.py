# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.errors import UserError
from backend.head.geometry import head_geometry
from backend.mesh.gradients import deformation_gradients
from backend.mesh.similarity import similarity_fit
from backend.mesh_files.mesh import Mesh
from backend.mesh_files.mesh_file import read_mesh
from backend.morphable_model import MorphableModel
from backend.registration.bind import bind
from backend.registration.binding import Binding
from backend.registration.file import load_binding, save_binding
from backend.registration.landmarks import LANDMARK_NAMES
from backend.registration.nonrigid import STAGES
from backend.registration.picture import distance_colors, residual_sheet
from backend.registration.sound_triangles import LEAST, MOST
from backend.rig import Rig


@pytest.fixture(scope="module")
def bound(game_head: Mesh) -> Binding:
    return bind(game_head)


@pytest.fixture(scope="module")
def rig(model: MorphableModel, bound: Binding) -> Rig:
    names = ("jawOpen", "eyeBlinkLeft")
    rows = [model.expression_names.index(name) for name in names]
    assert model.skin_weights is not None and model.source_vertex is not None
    assert model.joints is not None and model.joint_parents is not None and model.face_part is not None
    return Rig(
        "x", bound.registered.astype(np.float32), model.polygons, names, model.expression_basis[rows], None, None,
        model.face_part, model.part_names, model.source_vertex, model.joint_names, tuple(model.joint_parents),
        model.joints, model.skin_weights,
    )  # fmt: skip


def test_the_template_lies_on_the_mesh_where_it_lay_before(
    model: MorphableModel, bound: Binding, person: NDArray[np.float64]
) -> None:
    assert bound.residual["mean_mm"] < 0.2 and bound.residual["p95_mm"] < 0.6
    # The face came from the model, so every template vertex has a true place, but for where the head as a whole
    # is put; sliding along the skin counts too.
    outer = model.regions["sculptable"]
    away = np.linalg.norm(similarity_fit(bound.registered[outer], person[outer])(bound.registered) - person, axis=1)
    edge = 0.003  # a short edge of the template: nothing may slide to the next vertex; 0.002 is usual
    for region in ("sculptable", "lids", "lips"):
        assert away[model.regions[region]].mean() < edge


def test_a_landmark_that_is_placed_is_where_the_template_goes(
    model: MorphableModel, bound: Binding, game_head: Mesh
) -> None:
    found = bound.landmarks(model)
    assert set(found) == set(LANDMARK_NAMES)
    assert found["eye_outer_left"][0] > found["eye_inner_left"][0] > found["eye_inner_right"][0]
    assert found["brow_inner_left"][2] > found["mouth_corner_left"][2] > found["chin"][2]  # the file is Z up
    given = {name: found[name] for name in ("eye_outer_left", "eye_outer_right", "chin")}
    higher = game_head.vertices - (found["nose_tip"] + [0, 0, 0.6])  # 6 mm up, and on the mesh
    given["nose_tip"] = game_head.vertices[np.linalg.norm(higher, axis=1).argmin()]
    asked = np.linalg.norm(given["nose_tip"] - found["nose_tip"])
    assert asked > 0.3
    mended = bind(game_head, landmarks=given, stages=STAGES[3:7]).landmarks(model)
    assert np.linalg.norm(mended["nose_tip"] - given["nose_tip"]) < 0.1 * asked
    assert np.linalg.norm(mended["lip_lower"] - found["lip_lower"]) < asked


def test_what_is_no_landmark_is_said(game_head: Mesh) -> None:
    for landmarks, word in (({"nostril": [0, 0, 0]}, "nostril"), ({"chin": [0, 1]}, "chin")):
        with pytest.raises(UserError, match=word) as raised:
            bind(game_head, landmarks=landmarks)
        assert raised.value.code == "landmarks"


def test_unit_and_turn_are_found(bound: Binding) -> None:
    assert bound.to_model.scale == pytest.approx(0.01, rel=1e-6)  # the file is in centimetres
    assert bound.to_model.rotation @ bound.to_model.rotation.T == pytest.approx(np.eye(3), abs=1e-9)


def test_what_does_not_move_stays_and_what_moves_as_a_whole_moves(model: MorphableModel, bound: Binding) -> None:
    shift = np.array([0.01, 0.02, -0.03])
    turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    poses = np.stack([bound.registered, bound.registered + shift, bound.registered @ turn.T])
    carried = bound.carry_points(model, poses)
    assert carried[0] == pytest.approx(bound.placed, abs=1e-12)
    assert carried[1] == pytest.approx(bound.placed + shift, abs=1e-7)
    assert carried[2] == pytest.approx(bound.placed @ turn.T, abs=1e-6)


def test_a_rig_comes_out_on_the_artists_own_vertices(
    model: MorphableModel, bound: Binding, rig: Rig, game_head: Mesh
) -> None:
    own = bound.carry(model, rig)
    assert np.array_equal(own.polygons, game_head.polygons)
    assert own.vertices == pytest.approx(bound.placed, abs=1e-6)
    assert own.deltas.shape == (2, len(game_head.vertices), 3)
    assert own.skin_weights.sum(1) == pytest.approx(1, abs=1e-4)
    jaw = np.linalg.norm(own.deltas[0], axis=1)
    chin = own.vertices[jaw.argmax()]
    assert chin[1] < -0.05 and jaw.max() > 0.01  # below the eyes' height, and wide open
    assert np.linalg.norm(own.deltas[1], axis=1)[own.vertices[:, 0] < -0.01].max() < 1e-4  # only the left lid


def test_another_shape_of_the_mesh_comes_back_to_the_template(model: MorphableModel, bound: Binding) -> None:
    same = bound.shape_to_template(model, bound.mesh.vertices)
    assert same == pytest.approx(bound.registered, abs=1e-7)
    grown = 1.2 * bound.mesh.vertices
    larger = bound.shape_to_template(model, grown)
    skin = model.regions["sculptable"]
    expected = bound.to_model(
        1.2 * (bound.registered - bound.to_model.shift) @ bound.to_model.rotation.T / bound.to_model.scale
    )
    assert larger[skin] == pytest.approx(expected[skin], abs=1.5e-3)


def test_a_binding_survives_the_disk(model: MorphableModel, bound: Binding, awkward_path: Path) -> None:
    path = awkward_path / "b.npz"
    save_binding(bound, path)
    again = load_binding(path, model)
    assert again.residual == pytest.approx(bound.residual)
    assert np.array_equal(again.corners, bound.corners) and np.array_equal(again.mesh.polygons, bound.mesh.polygons)
    with pytest.raises(UserError, match="another head model"):
        load_binding(path, replace(model, polygons=model.polygons[:, [1, 0, 2, 3]].copy()))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UserError):
        load_binding(path, model)


def test_the_picture_shows_distances_in_order(model: MorphableModel, bound: Binding, tmp_path: Path) -> None:
    red = distance_colors(np.array([0.0, 0.3, 0.8, 2.0, 50.0]))
    assert (np.diff(red[:, 1]) <= 0.05).all() and np.allclose(red[-1], red[-2])
    residual_sheet(bound, model, tmp_path / "b.png", side=60)
    assert (tmp_path / "b.png").stat().st_size > 5000


@pytest.mark.parametrize("kind", ["points", "flat"])
def test_what_has_no_surface_is_refused(kind: str) -> None:
    polygons = np.empty((0, 4), np.int32) if kind == "points" else np.array([[0, 1, 2, -1]], np.int32)
    with pytest.raises(UserError) as raised:
        bind(Mesh(np.zeros((3, 3)), polygons, None, None, "nothing"))
    assert raised.value.code == "empty"


def test_a_box_is_no_face() -> None:
    box = trimesh.creation.box().subdivide().subdivide().subdivide()
    polygons = np.concatenate([box.faces, np.full((len(box.faces), 1), -1)], axis=1).astype(np.int32)
    with pytest.raises(UserError) as raised:
        bind(Mesh(np.array(box.vertices), polygons, None, None, "box"))
    assert raised.value.code == "not-a-face"


def test_real_faces_of_another_topology(model: MorphableModel, shared_data: Path) -> None:
    bound = bind(read_mesh(shared_data / "pairs_flame" / "goblin_neutral.obj"))
    assert bound.residual["mean_mm"] < 0.2 and bound.residual["p95_mm"] < 0.6
    assert bound.to_model.scale == pytest.approx(0.001)
    surface = head_geometry(model).surface
    triangles = surface.triangles[surface.is_skin[surface.triangles].all(axis=1)]
    stretches = np.linalg.svd(deformation_gradients(surface.vertices, bound.registered, triangles), compute_uv=False)
    assert stretches.min() > 0.75 * LEAST and stretches.max() <= MOST  # nothing was pressed flat
