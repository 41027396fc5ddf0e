# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.evaluation.motion_against_transfer import (
    contact_zone,
    expected_motion,
    leakage,
    motion_against_transfer,
    slider_agreement,
)
from backend.evaluation.poses import penetration_poses
from backend.evaluation.smooth_motion import slider_paths, smooth_motion
from backend.evaluation.triangle_geometry import triangle_normals
from backend.morphable_model import MorphableModel
from backend.rig import Rig
from tests.evaluation.faces import changed

Face = NDArray[np.float64]


def test_the_expected_motion_itself_is_perfect(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    expected = expected_motion(model, face, face, source_rig.deltas)
    found = motion_against_transfer(expected, source_rig)
    assert found["motion_cosine_min"] == pytest.approx(1.0)
    assert found["amplitude_min"] == pytest.approx(1.0)
    assert found["amplitude_max"] == pytest.approx(1.0)
    assert found["leakage_excess_max"] == pytest.approx(0.0, abs=1e-6)
    assert found["sliders_off"] == 0


def test_strength_shows_as_amplitude_and_direction_as_cosine(
    model: MorphableModel, face: Face, source_rig: Rig
) -> None:
    expected = expected_motion(model, face, face, source_rig.deltas)
    cosine, amplitude, _ = slider_agreement(
        expected, changed(source_rig, jawOpen=0.6, mouthSmileLeft=1.4, cheekPuff=-1.0)
    )
    at = source_rig.names.index
    assert amplitude[at("jawOpen")] == pytest.approx(0.6)
    assert amplitude[at("mouthSmileLeft")] == pytest.approx(1.4)
    assert cosine[at("jawOpen")] == pytest.approx(1.0)
    assert cosine[at("cheekPuff")] == pytest.approx(-1.0)
    deltas = source_rig.deltas.copy()
    deltas[[at("mouthLeft"), at("mouthRight")]] = deltas[[at("mouthRight"), at("mouthLeft")]]
    swapped, _, _ = slider_agreement(expected, replace(source_rig, deltas=deltas))
    assert swapped[at("mouthLeft")] < 0.0


def test_leakage_grows_with_what_moves_and_should_not(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    expected = expected_motion(model, face, face, source_rig.deltas)
    row = source_rig.names.index("jawOpen")
    leaks = []
    for drift in (0.0, 0.0005, 0.001, 0.002):
        deltas = source_rig.deltas.copy()
        deltas[row, :, 0] += drift
        leaks.append(slider_agreement(expected, replace(source_rig, deltas=deltas))[2][row])
    assert leaks[0] == pytest.approx(0.0, abs=1e-6)
    assert all(a < b for a, b in pairwise(leaks))


def test_leakage_is_found_in_the_place_that_moves(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    expected = expected_motion(model, face, face, source_rig.deltas)
    row = source_rig.names.index("eyeBlinkLeft")
    ear = model.regions["ear_left"]
    deltas = source_rig.deltas.copy()
    deltas[row, ear, 0] += 0.001
    leaked = leakage(deltas, expected.still, expected.areas, expected.places)[row]
    moved = np.flatnonzero(leaked > expected.allowed_leakage[row] + 1e-6)
    assert set(moved) == set(np.unique(expected.places[ear]))
    before = leakage(source_rig.deltas, expected.still, expected.areas, expected.places)
    np.testing.assert_allclose(before, expected.allowed_leakage, atol=1e-4)


def test_an_enlarged_part_may_move_as_much_more(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    """Inversion in a sphere enlarges the chin more than the forehead, and its derivative is known."""
    ray = face - [0.0, -0.4, 0.0]
    distance = np.linalg.norm(ray, axis=1)[:, None]
    size, along, mirror = (0.3 / distance) ** 2, ray / distance, [-1.0, 1.0, 1.0]
    sculpt = size * ray * mirror
    deltas = source_rig.deltas.astype(np.float64)
    deltas = size * (deltas - 2 * (deltas * along).sum(-1, keepdims=True) * along) * mirror
    rig = replace(source_rig, vertices=sculpt.astype(np.float32), deltas=deltas.astype(np.float32))
    expected = expected_motion(model, face, sculpt, source_rig.deltas)
    assert motion_against_transfer(expected, rig)["leakage_excess_max"] < 0.2
    own = leakage(source_rig.deltas, expected.still, expected.areas, expected.places)
    strict = replace(expected, allowed_leakage=own)
    assert motion_against_transfer(strict, rig)["leakage_excess_max"] > 0.4


def test_a_stretched_eyeball_has_to_turn_within_its_surface(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    eye, row = model.part_vertices("eye_l"), source_rig.names.index("eyeLookUpLeft")
    centre, stretch = face[eye].mean(0), np.array([1.2, 1.8, 1.0])
    sculpt = face.copy()
    sculpt[eye] = centre + (face[eye] - centre) * stretch
    expected = expected_motion(model, face, sculpt, source_rig.deltas)
    sliding, rigid = source_rig.deltas.astype(np.float64), source_rig.deltas.astype(np.float64)
    posed = face[eye] + rigid[row, eye]
    turn, _ = Rotation.align_vectors(posed - posed.mean(0), face[eye] - centre)
    sliding[row, eye] *= stretch
    rigid[row, eye] = posed.mean(0) - centre + turn.apply(sculpt[eye] - centre) - (sculpt[eye] - centre)
    found = [slider_agreement(expected, replace(source_rig, deltas=deltas)) for deltas in (sliding, rigid)]
    assert found[0][0][row] == pytest.approx(1.0)
    assert found[0][1][row] == pytest.approx(1.0)
    assert found[1][0][row] < 0.95


def test_lashes_count_in_every_slider_but_a_blink(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    expected = expected_motion(model, face, face, source_rig.deltas)
    longer = source_rig.deltas.copy()
    longer[:, model.part_vertices("lashes")] *= 3.0
    _, amplitude, _ = slider_agreement(expected, replace(source_rig, deltas=longer))
    at = source_rig.names.index
    assert amplitude[at("eyeBlinkLeft")] == pytest.approx(1.0)
    assert amplitude[at("eyeSquintLeft")] > 1.05


def test_contact_zones_are_the_lids_and_lips_only(model: MorphableModel, face: Face) -> None:
    zone = contact_zone(model, face)
    assert zone[model.regions["lips"]].mean() > 0.5
    assert not zone[model.regions["ear_left"]].any()
    assert not zone[model.regions["forehead"]].any()


def test_the_source_moves_like_itself(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    found = smooth_motion(model, face, source_rig, penetration_poses(model, 2, 0))
    assert found["roughness_ratio"] == pytest.approx(1.0, abs=1e-5)
    assert found["flipped"] == 0
    assert found["flipped_extrapolated"] == 0


def test_twice_the_motion_is_twice_as_rough(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    poses = penetration_poses(model, 2, 0)[40:]
    twice = replace(source_rig, deltas=2 * source_rig.deltas)
    assert smooth_motion(model, face, twice, poses)["roughness_ratio"] == pytest.approx(2.0, rel=1e-4)


def test_a_patch_that_is_turned_inside_out_is_counted(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    cheek = model.regions["cheek_left"]
    row = source_rig.names.index("browDownRight")
    assert not source_rig.deltas[row, cheek].any()
    pose = np.eye(len(source_rig.names))[[row]]
    deltas = source_rig.deltas.copy()
    deltas[row, cheek, 0] -= 2 * (face[cheek, 0] - face[cheek, 0].mean())
    found = smooth_motion(model, face, replace(source_rig, deltas=deltas), pose)["flipped"]
    # Mirrored sideways, the unit normal n becomes (nx, -ny, -nz): against n when nx² < 1/2.
    inside = model.triangles[cheek[model.triangles].all(1)]
    turned = int((triangle_normals(face, inside)[:, 0] ** 2 < 0.5).sum())
    assert turned > 20
    border = model.triangles[cheek[model.triangles].any(1) & ~cheek[model.triangles].all(1)]
    assert turned <= found <= turned + len(border)


def test_a_triangle_that_does_not_follow_the_source_over_is_not_flipped(
    model: MorphableModel, face: Face, source_rig: Rig
) -> None:
    cheek = model.regions["cheek_left"]
    row = source_rig.names.index("browInnerUp")
    basis = model.expression_basis.copy()
    basis[row, cheek, 0] -= (2 * (face[cheek, 0] - face[cheek, 0].mean())).astype(np.float32)
    turning = replace(model, expression_basis=basis)
    assert smooth_motion(turning, face, source_rig, np.eye(len(source_rig.names))[[row]])["flipped"] == 0


def test_paths_start_near_neutral_and_reach_the_pose() -> None:
    poses = np.array([[1.0, 0.0, 0.5]])
    paths = slider_paths(poses)
    assert paths.shape[0] == 1
    assert paths.min() >= 0.0
    np.testing.assert_allclose(paths.max(1), poses, atol=0.01)
