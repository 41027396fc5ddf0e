# SPDX-License-Identifier: GPL-3.0-or-later
"""ICT-FaceKit's real files in our frame, names and parts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from backend.evaluation.eye_closure import eye_closure
from backend.head.geometry import head_geometry
from backend.morphable_model import MorphableModel, load_default
from backend.morphable_model.ict.folder import IctFolder
from backend.morphable_model.model_rig import build_rig
from backend.rig import ARKIT_NAMES
from backend.rigging.styled_keys import styled_keys

Array = np.ndarray


def offsets(model: MorphableModel, name: str) -> Array:
    return model.expression_basis[model.expression_names.index(name)].astype(np.float64)


def test_has_the_published_counts(ict: MorphableModel) -> None:
    assert ict.template.shape == (26719, 3)
    assert ict.polygons.shape == (26384, 4)
    assert ict.identity_basis.shape == (100, 26719, 3)
    assert ict.expression_names == tuple(name for name in ARKIT_NAMES if name != "tongueOut")
    assert ict.licence == "MIT"


def test_the_mesh_is_what_another_reader_sees(ict: MorphableModel, ict_folder: Path) -> None:
    path = ict_folder / "FaceXModel" / "generic_neutral_mesh.obj"
    other = trimesh.load_mesh(path, process=False, maintain_order=True)
    assert isinstance(other, trimesh.Trimesh)
    np.testing.assert_allclose(0.01 * np.ptp(other.vertices, axis=0), np.ptp(ict.template, axis=0), atol=1e-6)
    assert float(other.area) * 1e-4 == pytest.approx(trimesh.Trimesh(ict.template, ict.triangles, process=False).area)


def test_stands_in_our_frame(ict: MorphableModel) -> None:
    eyes = [ict.template[ict.part_vertices(name)].mean(0) for name in ("eye_l", "eye_r")]
    assert eyes[0][0] > 0 > eyes[1][0]  # the subject's left is +X
    np.testing.assert_allclose((eyes[0] + eyes[1])[:2] / 2, 0, atol=1e-3)
    assert 0.05 < np.linalg.norm(eyes[0] - eyes[1]) < 0.075  # between people's pupils
    assert ict.landmarks is not None
    nose, chin = ict.template[ict.landmarks[30]], ict.template[ict.landmarks[8]]
    assert nose[2] > 0.03 and chin[1] < -0.08


def test_landmarks_lie_where_the_default_heads_do(ict: MorphableModel) -> None:
    head = load_default()
    assert head.landmarks is not None and ict.landmarks is not None
    distance = np.linalg.norm(head.template[head.landmarks] - ict.template[ict.landmarks], axis=1)
    assert np.median(distance[17:]) < 0.012 and distance[17:].max() < 0.03


def test_mirror_keeps_the_polygons(ict: MorphableModel) -> None:
    mirror = ict.mirror
    assert mirror is not None
    np.testing.assert_array_equal(mirror[mirror], np.arange(len(mirror)))
    np.testing.assert_allclose(ict.template[mirror] * [-1, 1, 1], ict.template, atol=4e-4)
    padded = np.append(mirror, -1)
    ours, mirrored = (
        {frozenset(row) for row in polygons.tolist()} for polygons in (ict.polygons, padded[ict.polygons])
    )
    assert ours == mirrored


@pytest.mark.parametrize("name", ["mouthSmile", "eyeBlink", "browDown", "jaw", "mouth", "eyeLookIn"])
def test_left_is_the_subjects_left(ict: MorphableModel, name: str) -> None:
    left, right = offsets(ict, f"{name}Left"), offsets(ict, f"{name}Right")
    assert ict.mirror is not None
    np.testing.assert_allclose(right[ict.mirror] * [-1, 1, 1], left, atol=3e-3)
    if name in ("jaw", "mouth"):
        assert left[:, 0].mean() > 0
    else:
        side = np.linalg.norm(left, axis=1)
        assert side[ict.template[:, 0] > 0.01].sum() > 20 * side[ict.template[:, 0] < -0.01].sum()


def test_merged_expressions_are_the_sum_of_their_sides(ict: MorphableModel, ict_folder: Path) -> None:
    folder = IctFolder(ict_folder)
    neutral = folder.neutral().vertices
    both = folder.offsets("cheekPuff_L", neutral) + folder.offsets("cheekPuff_R", neutral)
    np.testing.assert_allclose(offsets(ict, "cheekPuff"), 0.01 * both, atol=1e-8)


def test_the_blink_closes(ict: MorphableModel, ict_unmended: MorphableModel) -> None:
    before = eye_closure(ict_unmended, build_rig(ict_unmended, "source", ict.template, ict_unmended.expression_basis))[
        "eye_closure"
    ]
    after = eye_closure(ict, build_rig(ict, "source", ict.template, ict.expression_basis))["eye_closure"]
    assert before > 2  # the published files leave a slit towards the nose
    assert after < 0.1


def test_the_blink_closes_on_other_people(ict: MorphableModel) -> None:
    # The published identities let some eyeballs grow through their lids: there the transfer holds the lid outside.
    geometry = head_geometry(ict)
    transfer = styled_keys(ict).expressions
    face = ict.evaluate(ict.sample_identity(np.random.default_rng(5), 5)[4])
    shape = geometry.face(face)
    rig = build_rig(ict, "source", face, ict.expression_basis)
    linear = eye_closure(ict, rig)["eye_closure"]
    held = eye_closure(ict, replace(rig, deltas=transfer(shape, shape).astype(np.float32)))
    assert linear > 30
    assert held["eye_closure"] < 5


def test_mending_touches_eyes_only(ict: MorphableModel, ict_unmended: MorphableModel) -> None:
    for name in ict.expression_names:
        changed = np.linalg.norm(offsets(ict, name) - offsets(ict_unmended, name), axis=1) > 1e-7
        if not name.startswith(("eyeBlink", "eyeLook")):
            assert not changed.any(), name
        elif changed.any():
            eye = np.array([0.031 if name.endswith("Left") else -0.031, 0, 0])
            assert np.linalg.norm(ict.template[changed] - eye, axis=1).max() < 0.045, name


def test_eyeballs_turn_rigidly_the_way_the_slider_says(ict: MorphableModel) -> None:
    towards = {"Up": (1, 1), "Down": (1, -1), "Out": (0, 1), "In": (0, -1)}
    for name, (axis, sign) in towards.items():
        rows = ict.part_vertices("eye_l")
        rest = ict.template[rows].astype(np.float64)
        moved = rest + offsets(ict, f"eyeLook{name}Left")[rows]
        front = rest[:, 2].argmax()
        assert sign * (moved - rest)[front, axis] > 0.002
        turn, error, *_ = Rotation.align_vectors(moved - moved.mean(0), rest - rest.mean(0))
        assert error < 1e-5 and 10 < np.degrees(turn.magnitude()) < 30


def test_the_jaw_joint_turns_the_lower_teeth_as_jaw_open_does(ict: MorphableModel) -> None:
    rows = ict.part_vertices("teeth_lower")
    rest = ict.template[rows].astype(np.float64)
    goal = rest + offsets(ict, "jawOpen")[rows]
    turn = Rotation.align_vectors(goal - goal.mean(0), rest - rest.mean(0))[0]
    pose = np.zeros((5, 3))
    pose[ict.joint_names.index("jaw")] = turn.as_rotvec()
    posed = ict.evaluate(joint_rotations=pose)
    assert np.linalg.norm(posed[rows] - goal, axis=1).max() < 5e-4
    upper = ict.part_vertices("teeth_upper", "eye_l", "eye_r")
    np.testing.assert_allclose(posed[upper], ict.template[upper], atol=1e-6)
    # The skin follows the joint about as it follows the expression.
    skin = np.flatnonzero(ict.regions["jaw"])
    error = np.linalg.norm(posed[skin] - ict.template[skin] - offsets(ict, "jawOpen")[skin], axis=1)
    assert np.median(error) < 0.004


def test_skin_weights_are_shares(ict: MorphableModel) -> None:
    assert ict.skin_weights is not None
    np.testing.assert_allclose(ict.skin_weights.sum(1), 1, atol=1e-5)
    assert ict.skin_weights.min() >= 0


def test_regions_are_where_their_names_say(ict: MorphableModel) -> None:
    assert set(load_default().regions) <= set(ict.regions)
    centre = {name: ict.template[mask].mean(0) for name, mask in ict.regions.items()}
    for side in ("left", "right"):
        assert centre[f"lid_upper_{side}"][1] > centre[f"lid_lower_{side}"][1]
        sign = 1 if side == "left" else -1
        for region in ("ear", "cheek", "lid_upper"):
            assert sign * centre[f"{region}_{side}"][0] > 0.02
        assert abs(centre[f"ear_{side}"][0]) > 0.07
    assert centre["lip_upper"][1] > centre["lip_lower"][1] > centre["chin"][1] > centre["neck_seam"][1]
    assert centre["forehead"][1] > centre["brow"][1] > centre["nose"][1] > centre["mouth"][1]
    assert not (ict.regions["lids"] & ict.regions["lips"]).any()
