# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of the head that ships with Onesculpt."""

from pathlib import Path

import numpy as np
import pytest

from backend.assets.sculpt_goblin import GOBLIN_PAIR
from backend.morphable_model import MorphableModel
from backend.morphable_model.default_head import DEFAULT_HEAD
from backend.rig import ARKIT_NAMES

AXIS = np.array([-1, 1, 1])
JOINT_MIRROR = [0, 1, 2, 4, 3]


def offsets(model: MorphableModel, name: str) -> np.ndarray:
    return model.expression_basis[model.expression_names.index(name)].astype(np.float64)


def other_side(name: str) -> str:
    if name.endswith("Left"):
        return name[:-4] + "Right"
    return name[:-5] + "Left" if name.endswith("Right") else name


def test_sizes(model: MorphableModel) -> None:
    assert model.template.shape == (5208, 3)
    assert model.polygons.shape == (5074, 4)
    assert model.identity_basis.shape == (100, 5208, 3)
    assert model.expression_names == ARKIT_NAMES
    assert model.licence == "CC0-1.0 AND MIT"
    assert DEFAULT_HEAD.stat().st_size <= 4_000_000


def test_styles_know_it_by_the_same_hashes(model: MorphableModel) -> None:
    assert model.topology_hash.startswith("57d684d52099dd5b0c6cb5ee")
    assert model.content_hash.startswith("52f0ce8ff9ab2d248dbfe1c0")


def test_every_vertex_is_used_and_every_polygon_is_a_quad(model: MorphableModel) -> None:
    assert np.array_equal(np.unique(model.polygons), np.arange(len(model.template)))
    assert all(len(set(quad)) == 4 for quad in model.polygons.tolist())


def test_it_is_a_head_of_life_size_about_the_eyes(model: MorphableModel) -> None:
    skin = model.template[model.part_vertices("face_head")]
    assert 0.2 < skin[:, 1].max() - model.template[model.landmarks[8], 1] < 0.26  # chin to crown
    eyes = model.joints[[3, 4]]
    assert np.abs(eyes.mean(0)).max() < 1e-7
    assert eyes[0, 0] > 0.025  # the subject's left is +X
    assert model.template[model.landmarks[30], 2] > skin[:, 2].max() - 0.001  # the tip of the nose


def test_mirror_is_an_exact_involution(model: MorphableModel) -> None:
    assert np.array_equal(model.mirror[model.mirror], np.arange(len(model.mirror)))
    assert np.array_equal(model.template[model.mirror] * AXIS, model.template)
    quads = {frozenset(quad) for quad in model.polygons.tolist()}
    assert {frozenset(quad) for quad in model.mirror[model.polygons].tolist()} == quads


def test_expressions_mirror_exactly(model: MorphableModel) -> None:
    for name in model.expression_names:
        assert np.array_equal(offsets(model, name)[model.mirror] * AXIS, offsets(model, other_side(name))), name


def test_identity_components_are_symmetric_or_antisymmetric(model: MorphableModel) -> None:
    for mode in model.identity_basis:
        flipped = mode[model.mirror] * AXIS
        assert np.array_equal(flipped, mode) or np.array_equal(flipped, -mode)


def test_joints_mirror_exactly(model: MorphableModel) -> None:
    assert np.array_equal(model.joints[JOINT_MIRROR] * AXIS, model.joints)


def test_identity_components_are_ordered_by_deviation(model: MorphableModel) -> None:
    flat = model.identity_basis.reshape(100, -1).astype(np.float64)
    length = np.linalg.norm(flat, axis=1)
    np.testing.assert_allclose(length / np.sqrt(5208), model.identity_deviation, rtol=1e-3)
    assert (model.identity_deviation[1:] <= 1.02 * model.identity_deviation[:-1]).all()


def test_size_is_not_in_the_identity_components(model: MorphableModel) -> None:
    # Aligned by similarity, a first-order change of scale has no component along any mode.
    skin = model.part_vertices("face_head")
    rest = model.template[skin] - model.template[skin].mean(0)
    growth = np.einsum("knc,nc->k", model.identity_basis[:, skin].astype(np.float64), rest) / (rest**2).sum()
    assert np.sqrt((growth**2).sum()) < 0.1 * model.size_deviation
    assert 0.02 < model.size_deviation < 0.1


def test_skin_weights_are_a_partition_of_unity(model: MorphableModel) -> None:
    assert model.skin_weights.min() >= 0
    np.testing.assert_allclose(model.skin_weights.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(model.skin_weights[model.mirror][:, JOINT_MIRROR], model.skin_weights, atol=1e-6)


def test_landmarks_are_symmetric_and_distinct(model: MorphableModel) -> None:
    assert len(set(model.landmarks.tolist())) == 68
    pairs = [(k, 16 - k) for k in range(9)] + [(17 + k, 26 - k) for k in range(5)]
    pairs += [
        (27, 27),
        (30, 30),
        (31, 35),
        (32, 34),
        (33, 33),
        (36, 45),
        (37, 44),
        (38, 43),
        (39, 42),
        (40, 47),
        (41, 46),
    ]
    pairs += [
        (48, 54),
        (49, 53),
        (50, 52),
        (51, 51),
        (57, 57),
        (58, 56),
        (59, 55),
        (60, 64),
        (61, 63),
        (62, 62),
        (67, 65),
    ]
    for right, left in pairs:
        assert model.mirror[model.landmarks[right]] == model.landmarks[left]
    points = model.template[model.landmarks]
    assert (points[:8, 0] < 0).all()  # iBUG starts on the subject's right
    assert points[8, 1] == points[:, 1].min()
    assert np.isin(model.landmarks, np.flatnonzero(model.regions["sculptable"])).all()


def test_regions_are_there_and_mirrored(model: MorphableModel) -> None:
    wanted = {"sculptable", "lids", "lips", "lip_upper", "lip_lower", "inner_mouth", "neck_seam", "brow", "nose"}
    assert wanted <= model.regions.keys()
    for name, mask in model.regions.items():
        assert mask.shape == (5208,), name
        assert mask.any(), name
        assert not mask.all(), name
        other = name.replace("_left", "_RIGHT").replace("_right", "_left").replace("_RIGHT", "_right")
        assert np.array_equal(mask[model.mirror], model.regions[other]), name


def test_regions_that_must_not_meet(model: MorphableModel) -> None:
    region = model.regions
    for first, second in (("lip_upper", "lip_lower"), ("lid_upper_left", "lid_lower_left"), ("lids", "lips")):
        assert not (region[first] & region[second]).any()
    inner = np.concatenate([model.part_vertices(part) for part in ("tongue", "teeth_upper", "teeth_lower")])
    assert region["inner_mouth"][inner].all()
    assert not region["sculptable"][inner].any()


def lid_opening(model: MorphableModel, points: np.ndarray) -> np.ndarray:
    upper, lower = model.landmarks[[43, 44]], model.landmarks[[47, 46]]
    return points[upper, 1] - points[lower, 1]


def test_a_blink_closes_the_lids_without_passing_far(model: MorphableModel) -> None:
    rest = lid_opening(model, model.template)
    closed = lid_opening(model, model.template + offsets(model, "eyeBlinkLeft"))
    assert (rest > 0.006).all()
    assert (closed < 0).all()
    assert (closed > -0.004).all()


def test_a_blink_closes_the_lids_of_nearly_everybody(model: MorphableModel) -> None:
    people = model.sample_identity(np.random.default_rng(0), 200)
    blink = np.zeros(52)
    blink[model.expression_names.index("eyeBlinkLeft")] = 1
    opening = np.array([lid_opening(model, face).max() for face in model.evaluate(people, blink)])
    assert (opening < 0.0003).mean() >= 0.95
    assert opening.max() < 0.002


@pytest.mark.parametrize(("name", "axis", "sign"), [("Up", 1, 1), ("Down", 1, -1), ("In", 0, -1), ("Out", 0, 1)])
def test_eyeballs_turn_rigidly_about_their_centre(model: MorphableModel, name: str, axis: int, sign: int) -> None:
    ball = model.part_vertices("eye_l")
    before = model.template[ball] - model.joints[3].astype(np.float64)
    after = before + offsets(model, f"eyeLook{name}Left")[ball]
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), atol=1e-6)
    pupil = before[:, 2].argmax()
    assert sign * (after - before)[pupil, axis] > 0.002
    assert np.abs(offsets(model, f"eyeLook{name}Left")[model.part_vertices("eye_r")]).max() == 0


def test_mouth_close_closes_what_jaw_open_opens(model: MorphableModel) -> None:
    upper, lower = model.landmarks[[61, 62, 63]], model.landmarks[[67, 66, 65]]

    def gap(points: np.ndarray) -> np.ndarray:
        return points[upper, 1] - points[lower, 1]

    opened = model.template + offsets(model, "jawOpen")
    assert (gap(opened) > 0.015).all()
    assert np.abs(gap(opened + offsets(model, "mouthClose")) - gap(model.template)).max() < 0.0005


def test_expressions_of_the_upper_face_leave_the_mouth_alone(model: MorphableModel) -> None:
    mouth = model.part_vertices("mouth_cavity", "teeth_upper", "teeth_lower", "tongue")
    for name in model.expression_names:
        if name.startswith(("eye", "brow")):
            assert np.abs(offsets(model, name)[mouth]).max() == 0, name


@pytest.mark.parametrize("name", ["jawForward", "jawLeft", "jawOpen"])
def test_lower_teeth_and_tongue_follow_the_jaw_and_upper_teeth_stay(model: MorphableModel, name: str) -> None:
    moved = np.linalg.norm(offsets(model, name), axis=1)
    assert moved[model.part_vertices("teeth_upper")].max() == 0
    assert moved[model.part_vertices("teeth_lower")].min() > 0.005
    assert moved[model.part_vertices("tongue")].mean() > 0.005


def test_the_jaw_joint_opens_the_mouth_and_carries_the_lower_teeth(model: MorphableModel) -> None:
    turn = np.zeros((5, 3))
    turn[2, 0] = 0.35
    opened = model.evaluate(joint_rotations=turn)
    upper, lower = model.landmarks[62], model.landmarks[66]
    assert opened[upper, 1] - opened[lower, 1] > 0.02
    assert np.abs(opened - model.template)[model.part_vertices("teeth_upper")].max() < 1e-4
    teeth = model.part_vertices("teeth_lower")
    centre = model.joints[2].astype(np.float64)
    radius_before = np.linalg.norm(model.template[teeth] - centre, axis=1)
    np.testing.assert_allclose(np.linalg.norm(opened[teeth] - centre, axis=1), radius_before, atol=1e-5)
    assert (opened[teeth, 1] < model.template[teeth, 1] - 0.005).all()


def test_the_jaw_joint_moves_the_skin_as_the_expression_does(model: MorphableModel) -> None:
    # Independent of the build: the same landmarks of the chin and lower lip, the same way.
    turn = np.zeros((5, 3))
    turn[2, 0] = 0.39
    by_joint = model.evaluate(joint_rotations=turn) - model.template
    by_slider = offsets(model, "jawOpen")
    rows = model.landmarks[[6, 7, 8, 9, 10, 56, 57, 58]]
    cosine = (by_joint[rows] * by_slider[rows]).sum() / np.linalg.norm(by_joint[rows]) / np.linalg.norm(by_slider[rows])
    assert cosine > 0.95


def edge_ratio(model: MorphableModel, path: Path) -> float:
    """Median length of a pair's edges to the template's: about one in the right order, in no other."""
    row = np.full(model.source_vertex.max() + 1, -1)
    row[model.source_vertex] = np.arange(5208)
    with np.load(path) as pair:
        order = row[pair["source_vertex"]]
        assert np.array_equal(np.sort(order), np.arange(5208))
        neutral = np.empty((5208, 3))
        neutral[order] = pair["neutral"]
    first, second = model.polygons[:, 0], model.polygons[:, 1]
    length = np.linalg.norm(neutral[first] - neutral[second], axis=1)
    return float(np.median(length / np.linalg.norm(model.template[first] - model.template[second], axis=1)))


def test_source_vertex_maps_a_pair_in_any_order(model: MorphableModel, tmp_path: Path) -> None:
    order = np.random.default_rng(2).permutation(5208)
    with np.load(GOBLIN_PAIR) as pair:
        shuffled = {name: pair[name][order] for name in pair.files}
    np.savez(tmp_path / "pair.npz", **shuffled)
    assert 0.8 < edge_ratio(model, tmp_path / "pair.npz") < 1.25
    np.savez(tmp_path / "wrong.npz", **{**shuffled, "source_vertex": model.source_vertex})
    assert edge_ratio(model, tmp_path / "wrong.npz") > 2


def test_source_vertex_maps_the_real_pairs(model: MorphableModel, shared_data: Path) -> None:
    for path in sorted((shared_data / "pairs_default_head").glob("*.npz")):
        assert 0.8 < edge_ratio(model, path) < 1.25, path.name
