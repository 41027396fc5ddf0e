# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.head.attachments import SkinAttachment
from backend.head.geometry import HeadGeometry
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair

_TURN = Rotation.from_euler("xyz", [10, -20, 5], degrees=True).as_matrix()
_SHIFT = np.array([0.02, -0.01, 0.03])


@pytest.fixture(scope="module")
def lashes(head: HeadGeometry) -> SkinAttachment:
    vertices = [c.vertices for c in head.surface.inner_components if c.part == "lashes"]
    return SkinAttachment(head.surface, np.concatenate(vertices))


def test_lashes_follow_a_rigid_motion_exactly(lashes: SkinAttachment, bundled: Pair) -> None:
    start = bundled.styled
    moved = start @ _TURN.T + _SHIFT
    np.testing.assert_allclose(lashes.follow(start, moved), moved[lashes.vertices], atol=1e-10)


def test_lashes_stay_where_the_skin_stays(lashes: SkinAttachment, head: HeadGeometry) -> None:
    start = head.surface.vertices
    end = start.copy()
    below = head.surface.is_skin & (start[:, 1] < -0.04)
    end[below] += 0.01
    np.testing.assert_array_equal(lashes.follow(start, end), start[lashes.vertices])


def test_lashes_of_a_closing_lid_stay_at_its_edge_and_keep_their_length(
    lashes: SkinAttachment, head: HeadGeometry, model: MorphableModel
) -> None:
    start = head.surface.vertices
    end = start + model.expression_basis[model.expression_names.index("eyeBlinkLeft")]
    followed = lashes.follow(start, end)
    corners, weights = head.surface.nearest_skin(start[lashes.vertices])
    before, after = (np.einsum("pk,pkx->px", weights, face[corners]) for face in (start, end))
    root = np.linalg.norm(start[lashes.vertices] - before, axis=1) < 5e-4
    assert root.sum() > 10
    gap = np.linalg.norm(followed - after, axis=1)[root]
    assert gap.max() < 1.5e-3
    triangles = head.surface.triangles
    own = np.isin(triangles, lashes.vertices).all(axis=1)
    rows = np.searchsorted(lashes.vertices, triangles[own])
    lengths = [np.linalg.norm(p[rows[:, 0]] - p[rows[:, 1]], axis=1) for p in (start[lashes.vertices], followed)]
    long = lengths[0] > 1e-4
    assert np.median(lengths[1][long] / lengths[0][long]) == pytest.approx(1, abs=0.1)


def test_nearest_skin_gives_points_of_the_skin(head: HeadGeometry) -> None:
    surface = head.surface
    on_skin = surface.skin[::50]
    corners, weights = surface.nearest_skin(surface.vertices[on_skin])
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-9)
    points = np.einsum("pk,pkx->px", weights, surface.vertices[corners])
    np.testing.assert_allclose(points, surface.vertices[on_skin], atol=1e-9)
    assert surface.is_skin[corners].all()


def test_joints_of_the_template_are_the_models(head: HeadGeometry, model: MorphableModel) -> None:
    assert model.joints is not None
    placed = head.place_joints(head.surface.vertices)
    np.testing.assert_allclose(placed, model.joints, atol=1e-8)


def test_joints_follow_rigid_motion_and_size(head: HeadGeometry, bundled: Pair) -> None:
    moved = head.place_joints(1.3 * bundled.styled @ _TURN.T + _SHIFT)
    np.testing.assert_allclose(moved, 1.3 * head.place_joints(bundled.styled) @ _TURN.T + _SHIFT, atol=1e-10)


def test_joints_of_random_people_are_near_the_models_own(head: HeadGeometry, model: MorphableModel) -> None:
    identities = model.sample_identity(np.random.default_rng(0), 6)
    for identity in identities:
        placed = head.place_joints(model.evaluate(identity))
        own = model.joint_positions(identity)
        jaw_and_eyes = [model.joint_names.index(name) for name in ("jaw", "eye_l", "eye_r")]
        assert np.linalg.norm(placed - own, axis=1)[jaw_and_eyes].max() < 0.01


def test_the_skin_is_the_largest_piece_and_the_rest_are_parts(head: HeadGeometry, model: MorphableModel) -> None:
    surface = head.surface
    assert set(np.unique(surface.vertex_part[surface.skin])) == {"face_head", "neck", "eye_cavity", "mouth_cavity"}
    parts = [component.part for component in surface.inner_components]
    assert {"eye_l", "eye_r", "tongue", "teeth_upper", "teeth_lower", "lashes"} == set(parts)
    together = np.concatenate([surface.skin, *(component.vertices for component in surface.inner_components)])
    np.testing.assert_array_equal(np.sort(together), np.arange(len(model.template)))
