# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import trimesh
from scipy.spatial.transform import Rotation

from backend.mesh.areas import triangle_areas
from backend.mesh.gradients import deformation_gradients, triangle_frames
from tests.shapes import Mesh


def test_affine_maps_are_recovered_in_every_tangent_plane(ball: Mesh) -> None:
    affine = np.array([[1.3, 0.2, -0.1], [0.0, 0.7, 0.4], [0.3, -0.2, 1.1]])
    moved = ball.vertices @ affine.T + np.array([0.1, -0.2, 0.3])
    gradients = deformation_gradients(ball.vertices, moved, ball.triangles)
    tangents = triangle_frames(ball.vertices, ball.triangles)[..., :2]
    np.testing.assert_allclose(gradients @ tangents, affine @ tangents, atol=1e-14)
    normals = triangle_frames(ball.vertices, ball.triangles)[..., 2]
    cofactor = np.linalg.inv(affine).T
    expected = normals @ cofactor.T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(np.einsum("mij,mj->mi", gradients, normals), expected, atol=1e-12)


def test_a_rigid_motion_gives_its_rotation_exactly(ball: Mesh) -> None:
    rotation = Rotation.from_euler("xyz", [20, -35, 50], degrees=True).as_matrix()
    gradients = deformation_gradients(ball.vertices, ball.vertices @ rotation.T + 0.05, ball.triangles)
    np.testing.assert_allclose(gradients, np.broadcast_to(rotation, gradients.shape), atol=1e-10)


def test_normals_are_unit_and_agree_with_trimesh(ball: Mesh) -> None:
    oracle = trimesh.Trimesh(ball.vertices, ball.triangles, process=False)
    normals = triangle_frames(ball.vertices, ball.triangles)[..., 2]
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(normals, oracle.face_normals, atol=1e-6)
    np.testing.assert_allclose(triangle_areas(ball.vertices, ball.triangles), oracle.area_faces, rtol=1e-12)


def test_gradients_are_frames_times_inverse_frames(ball: Mesh) -> None:
    moved = ball.vertices + np.random.default_rng(1).normal(0, 0.05, ball.vertices.shape)
    frames, turned = (triangle_frames(face, ball.triangles) for face in (ball.vertices, moved))
    gradients = deformation_gradients(ball.vertices, moved, ball.triangles)
    np.testing.assert_allclose(gradients, turned @ np.linalg.inv(frames), atol=1e-7)


def test_degenerate_triangles_stay_finite_on_either_side() -> None:
    proper = np.array([[0.0, 0, 0], [0.01, 0, 0], [0, 0.01, 0]])
    line = np.array([[0.0, 0, 0], [0.01, 0, 0], [0.02, 0, 0]])
    point = np.zeros((3, 3))
    triangle = np.array([[0, 1, 2]], dtype=np.int32)
    for source in (proper, line, point):
        for target in (proper, line, point):
            assert np.isfinite(deformation_gradients(source, target, triangle)).all()
    assert not deformation_gradients(line, proper, triangle).any()


def test_batches_are_one_by_one(ball: Mesh) -> None:
    rng = np.random.default_rng(0)
    targets = ball.vertices + rng.normal(0, 0.002, (3, *ball.vertices.shape))
    together = deformation_gradients(ball.vertices, targets, ball.triangles)
    for row, target in zip(together, targets, strict=True):
        np.testing.assert_array_equal(row, deformation_gradients(ball.vertices, target, ball.triangles))
