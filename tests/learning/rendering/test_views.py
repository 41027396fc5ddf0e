# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.learning.rendering.views import face_views
from backend.morphable_model import load_default
from backend.rendering.camera import Camera, orbit, portrait_camera
from tests.rendering.scenes import projected

Face = tuple[NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture(scope="module")
def face() -> Face:
    """Landmarks (68, 3) and vertices (N, 3) of the default head."""
    model = load_default()
    assert model.landmarks is not None
    points = model.template.astype(np.float64)
    return points[model.landmarks], points


def test_ten_views_with_their_names(face: Face) -> None:
    views = face_views(*face)
    assert len({view.name for view in views}) == 10
    assert [view.camera.fov for view in views] == [72] * 3 + [45] * 3 + [18] * 4


def test_close_ups_follow_landmarks_that_a_style_has_moved(face: Face) -> None:
    landmarks, points = face
    moved = landmarks.copy()
    moved[48:] += [0.02, -0.03, 0.01]
    for rng in (None, np.random.default_rng(0)):
        mouth = face_views(moved, points, rng)[-1]
        seen = projected(mouth.camera, moved[48:], 100)
        np.testing.assert_allclose(0.5 * (seen.min(axis=0) + seen.max(axis=0)), 50, atol=4)
        assert ((seen > 5) & (seen < 95)).all()


def test_the_head_fills_the_whole_views_and_its_face_is_inside(face: Face) -> None:
    landmarks, points = face
    for view in face_views(*face)[:6]:
        seen = projected(view.camera, landmarks, 100)
        assert ((seen > 2) & (seen < 98)).all(), view.name
        assert np.ptp(projected(view.camera, points, 100), axis=0).max() > 70, view.name


def test_left_and_right_views_mirror_each_other(face: Face) -> None:
    landmarks, points = face
    views = {view.name: view.camera for view in face_views(landmarks, points)}
    for name in ("left", "left_wide"):
        other = views[name.replace("left", "right")]
        np.testing.assert_allclose(views[name].position * [-1, 1, 1], other.position, atol=1e-4)
        assert views[name].position[0] > 0, "the subject's left is +X"
    assert views["eye_left"].position[0] > 0 > views["eye_right"].position[0]


def test_jitter_is_decided_by_the_generator_alone(face: Face) -> None:
    landmarks, points = face
    first, again, other = (face_views(landmarks, points, np.random.default_rng(s)) for s in (4, 4, 5))
    for a, b, c in zip(first, again, other, strict=True):
        assert (a.camera.position == b.camera.position).all()
        assert (a.light.harmonics == b.light.harmonics).all()
        assert not (a.camera.position == c.camera.position).all()
    larger = face_views(1.5 * landmarks, 1.5 * points, np.random.default_rng(4))
    for a, b in zip(first, larger, strict=True):
        np.testing.assert_allclose(1.5 * a.camera.position, b.camera.position)
        np.testing.assert_allclose(a.camera.rotation, b.camera.rotation)
        assert (a.light.direction == b.light.direction).all()


def test_jitter_stays_near_the_plain_views(face: Face) -> None:
    plain = face_views(*face)
    for seed in range(10):
        for a, b in zip(plain, face_views(*face, rng=np.random.default_rng(seed)), strict=True):
            turn = np.degrees(np.arccos((np.trace(a.camera.rotation @ b.camera.rotation.T) - 1) / 2))
            assert turn < 18


def test_wrong_landmarks_are_told(face: Face) -> None:
    with pytest.raises(ValueError, match="68"):
        face_views(face[0][:51], face[1])


def test_a_camera_sees_its_target_in_the_middle_and_up_is_up() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        eye, target = rng.normal(size=(2, 3))
        camera = Camera.look_at(eye, target, fov=40)
        np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(camera.rotation) == pytest.approx(1)
        np.testing.assert_allclose(projected(camera, target, 80), [40, 40], atol=1e-9)
        assert projected(camera, np.add(target, [0, 0.01, 0]), 100)[1] < 50
    with pytest.raises(ValueError, match="same point"):
        Camera.look_at([1, 2, 3], [1, 2, 3], 30)
    assert np.isfinite(Camera.look_at([0, 3, 0], [0, 0, 0], 30).rotation).all()


def test_a_portrait_frames_the_head_from_every_side(face: Face) -> None:
    for yaw in range(0, 360, 30):
        for pitch in (-20, 0, 35):
            seen = projected(portrait_camera(face[1], yaw, pitch), face[1], 100)
            assert seen.min() > 0
            assert seen.max() < 100
            assert np.ptp(seen, axis=0).max() > 75


def test_positive_yaw_walks_to_the_subjects_left() -> None:
    np.testing.assert_allclose(orbit([0, 0, 0], 90, 0, 2, 30).position, [2, 0, 0], atol=1e-12)
    np.testing.assert_allclose(orbit([0, 0, 0], 0, 90, 2, 30).position, [0, 2, 0], atol=1e-12)
