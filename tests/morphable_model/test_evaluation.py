# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluating a model: blendshapes, skinning, batches."""

import hashlib

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.morphable_model import MorphableModel
from backend.morphable_model.skinning import linear_blend_skinning, motion_share, rotation_matrices


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.fixture
def small(rng: np.random.Generator) -> MorphableModel:
    """A model without any optional field, of one quad and one triangle."""
    return MorphableModel(
        name="small",
        template=rng.normal(size=(5, 3)).astype(np.float32),
        polygons=np.array([[0, 1, 2, 3], [2, 3, 4, -1]], np.int32),
        identity_basis=rng.normal(size=(2, 5, 3)).astype(np.float32),
        expression_names=("a",),
        expression_basis=rng.normal(size=(1, 5, 3)).astype(np.float32),
    )


def test_rotation_matrices_agree_with_scipy(rng: np.random.Generator) -> None:
    vectors = rng.normal(size=(50, 3)) * np.geomspace(1e-9, 3, 50)[:, None]
    np.testing.assert_allclose(rotation_matrices(vectors), Rotation.from_rotvec(vectors).as_matrix(), atol=1e-12)
    assert np.array_equal(rotation_matrices(np.zeros(3)), np.eye(3))


def test_a_share_of_a_rigid_motion_is_told(rng: np.random.Generator) -> None:
    points = rng.normal(size=(40, 3))
    turn, shift = Rotation.from_rotvec([0.3, -0.2, 0.1]), np.array([1.0, 2.0, 3.0])
    share = np.append(np.ones(20), np.linspace(0, 1, 20))
    offsets = share[:, None] * (turn.apply(points) + shift - points)
    np.testing.assert_allclose(motion_share(points, offsets, np.arange(20)), share, atol=1e-4)


def test_skinning_agrees_with_a_vertex_by_vertex_oracle(rng: np.random.Generator) -> None:
    vertices, joints = rng.normal(size=(12, 3)), rng.normal(size=(5, 3))
    parents = np.array([-1, 0, 1, 1, 0], np.int32)
    weights = rng.dirichlet(np.ones(5), size=12)
    angles = rng.normal(size=(5, 3))

    def world(joint: int) -> np.ndarray:
        """4×4 matrix that carries a point at rest along with the joint."""
        local = np.eye(4)
        local[:3, :3] = Rotation.from_rotvec(angles[joint]).as_matrix()
        there, back = np.eye(4), np.eye(4)
        there[:3, 3], back[:3, 3] = joints[joint], -joints[joint]
        about = there @ local @ back
        return about if parents[joint] < 0 else world(parents[joint]) @ about

    expected = [sum(weights[i, j] * (world(j) @ np.append(vertices[i], 1))[:3] for j in range(5)) for i in range(12)]
    posed = linear_blend_skinning(vertices, joints, parents, weights.astype(np.float32), angles)
    np.testing.assert_allclose(posed, expected, atol=1e-6)


def test_resting_joints_change_nothing(model: MorphableModel, rng: np.random.Generator) -> None:
    person = model.sample_identity(rng, 1)[0]
    posed = model.evaluate(person, joint_rotations=np.zeros((5, 3)))
    np.testing.assert_allclose(posed, model.evaluate(person), atol=1e-7)


def test_a_turned_root_turns_the_whole_head_rigidly(model: MorphableModel) -> None:
    turn = np.zeros((5, 3))
    turn[0] = 0.2, -0.4, 0.1
    rotation = Rotation.from_rotvec(turn[0])
    expected = rotation.apply(model.template - model.joints[0]) + model.joints[0]
    np.testing.assert_allclose(model.evaluate(joint_rotations=turn), expected, atol=1e-6)


def test_joints_follow_identity(model: MorphableModel, rng: np.random.Generator) -> None:
    people = model.sample_identity(rng, 20)
    eyeball = model.part_vertices("eye_l")
    centres = model.evaluate(people)[:, eyeball].mean(1)
    joints = model.joint_positions(people)[:, 3]
    spread = np.linalg.norm(joints - joints.mean(0), axis=1)
    assert spread.max() > 0.001  # eyes do move between people
    assert np.linalg.norm((joints - joints.mean(0)) - (centres - centres.mean(0)), axis=1).max() < 1e-5


def test_batches_agree_with_single_faces(model: MorphableModel, rng: np.random.Generator) -> None:
    identity, expression = model.sample_identity(rng, 3), rng.uniform(0, 1, (3, 52))
    rotations, size = rng.normal(0, 0.2, (3, 5, 3)), np.array([0.9, 1, 1.1])
    batch = model.evaluate(identity, expression, rotations, size)
    assert batch.dtype == np.float64
    for k in range(3):
        single = model.evaluate(identity[k], expression[k], rotations[k], size[k])
        np.testing.assert_allclose(batch[k], single, atol=1e-12)


def test_leading_axes_broadcast(model: MorphableModel, rng: np.random.Generator) -> None:
    identity, expression = model.sample_identity(rng, 2)[:, None], rng.uniform(0, 1, (3, 52))
    assert model.evaluate(identity, expression, np.zeros((5, 3)), 1.0).shape == (2, 3, 5208, 3)
    assert model.evaluate().shape == (5208, 3)
    assert model.evaluate(size=np.array([1.0, 2.0])).shape == (2, 5208, 3)


def test_the_model_is_linear_at_rest(model: MorphableModel, rng: np.random.Generator) -> None:
    first, second = model.sample_identity(rng, 2)
    mixed = model.evaluate(0.3 * first + 0.7 * second)
    np.testing.assert_allclose(mixed, 0.3 * model.evaluate(first) + 0.7 * model.evaluate(second), atol=1e-12)


def test_size_scales_about_the_origin(model: MorphableModel) -> None:
    np.testing.assert_allclose(model.evaluate(size=1.2), 1.2 * model.template.astype(np.float64), atol=1e-12)


def test_samples_have_unit_deviation_and_bounds(model: MorphableModel, rng: np.random.Generator) -> None:
    samples = model.sample_identity(rng, 2000)
    assert samples.shape == (2000, 100)
    assert np.abs(samples).max() <= 2.5
    assert abs(samples.std() - 1) < 0.05
    sizes = model.sample_size(rng, 4000)
    assert abs(np.log(sizes).std() / model.size_deviation - 1) < 0.06


def test_fewer_coefficients_are_padded_and_more_are_refused(model: MorphableModel) -> None:
    np.testing.assert_array_equal(model.evaluate([1.0]), model.evaluate(np.eye(100)[0]))
    with pytest.raises(ValueError, match="100 components"):
        model.evaluate(np.zeros(101))


def test_triangles_cover_every_quad_once(model: MorphableModel) -> None:
    quads, triangles = model.polygons, model.triangles
    assert len(triangles) == 2 * len(quads)
    points = model.template.astype(np.float64)

    def doubled_area(corners: np.ndarray) -> np.ndarray:
        a, b, c = (points[corners[:, k]] for k in range(3))
        return np.cross(b - a, c - a)

    # The vector area of a quad is half the cross product of its diagonals, however it is split.
    whole = np.cross(points[quads[:, 2]] - points[quads[:, 0]], points[quads[:, 3]] - points[quads[:, 1]])
    both = doubled_area(triangles[: len(quads)]) + doubled_area(triangles[len(quads) :])
    np.testing.assert_allclose(both, whole, atol=1e-12)
    assert np.array_equal(model.triangle_part, np.tile(model.face_part, 2))


def test_a_model_without_optional_fields_works(small: MorphableModel) -> None:
    assert small.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [2, 3, 4]]
    assert small.triangle_part.tolist() == [0, 0, 0]
    assert small.evaluate([0.5, 1], [1]).shape == (5, 3)
    with pytest.raises(ValueError, match="no skeleton"):
        small.evaluate(joint_rotations=np.zeros((1, 3)))
    with pytest.raises(ValueError, match="no joints"):
        small.joint_positions()
    with pytest.raises(KeyError):
        small.part_vertices("eye_l")


def test_topology_hash_tells_orders_apart(model: MorphableModel, small: MorphableModel) -> None:
    expected = hashlib.sha256(model.polygons.astype("<i4").tobytes()).hexdigest()
    assert model.topology_hash == expected
    assert model.topology_hash != small.topology_hash
