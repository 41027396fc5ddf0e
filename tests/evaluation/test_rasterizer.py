# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import trimesh

from backend.evaluation.rasterizer import OrthographicView, normal_map, rasterize, visible_area

FRONT = OrthographicView(0.0, 0.0, (0.0, 0.0, 0.0), 0.3, 256)


def test_a_ball_covers_a_disc_of_its_radius() -> None:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    for yaw, pitch in ((0, 0), (37, 0), (0, -50), (120, 20)):
        view = OrthographicView(yaw, pitch, (0.0, 0.0, 0.0), 0.3, 256)
        every = np.ones(len(ball.faces), bool)
        assert visible_area(ball.vertices, ball.faces, every, view) == pytest.approx(np.pi * 0.01, rel=0.01)


def test_depths_are_those_of_the_ball() -> None:
    ball = trimesh.creation.icosphere(subdivisions=5, radius=0.1)
    _, depths = rasterize(ball.vertices, ball.faces, FRONT)
    row, column = np.mgrid[:256, :256]
    x, y = (column + 0.5 - 128) * 0.3 / 256, (128 - row - 0.5) * 0.3 / 256
    inside = x**2 + y**2 < 0.09**2
    expected = np.sqrt(np.maximum(0.01 - x**2 - y**2, 0))
    np.testing.assert_allclose(depths[inside], expected[inside], atol=3e-4)


def test_the_nearer_triangle_is_seen_from_either_side() -> None:
    square = np.array([[-1, -1, 0], [1, -1, 0], [0, 1.5, 0]]) * 0.1
    vertices = np.concatenate([square, square + np.array([0, 0, 0.05])])
    triangles = np.array([[0, 1, 2], [3, 4, 5]])
    front, _ = rasterize(vertices, triangles, FRONT)
    back, _ = rasterize(vertices, triangles, OrthographicView(180.0, 0.0, (0, 0, 0), 0.3, 256))
    assert set(np.unique(front)) == {-1, 1}
    assert set(np.unique(back)) == {-1, 0}


def test_shared_edges_leave_no_pinholes() -> None:
    sheet = trimesh.creation.box((0.2, 0.2, 0.001)).subdivide().subdivide().subdivide()
    view = OrthographicView(13.0, 7.0, (0.0, 0.0, 0.0), 0.3, 333)
    ids, _ = rasterize(sheet.vertices, sheet.faces, view)
    row, column = np.where(ids < 0)
    points = view.project(sheet.vertices[np.abs(sheet.vertices).max(1) > 0.0999])
    center = points[:, :2].mean(0)
    # A convex outline: no empty pixel nearer to the middle than the nearest point of its rim.
    assert np.hypot(column + 0.5 - center[0], row + 0.5 - center[1]).min() > 0.095 / 0.3 * 333 * 0.9


def test_yaw_turns_towards_the_subjects_left_and_pitch_up() -> None:
    for view, direction in (
        (OrthographicView(90.0, 0.0, (0, 0, 0), 1.0, 8), (1, 0, 0)),
        (OrthographicView(0.0, 90.0, (0, 0, 0), 1.0, 8), (0, 1, 0)),
        (OrthographicView(0.0, 0.0, (0, 0, 0), 1.0, 8), (0, 0, 1)),
    ):
        np.testing.assert_allclose(view.axes[2], direction, atol=1e-12)
        np.testing.assert_allclose(view.axes @ view.axes.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(view.axes) == pytest.approx(1.0)


def test_normals_of_a_ball_point_outwards() -> None:
    ball = trimesh.creation.icosphere(subdivisions=5, radius=0.1)
    normals, covered = normal_map(ball.vertices, ball.faces, FRONT)
    row, column = np.where(covered)
    x, y = (column + 0.5 - 128) * 0.3 / 256 / 0.1, (128 - row - 0.5) * 0.3 / 256 / 0.1
    inside = x**2 + y**2 < 0.9
    expected = np.stack([x, y, np.sqrt(np.maximum(1 - x**2 - y**2, 0))], -1)[inside]
    assert ((normals[covered][inside] * expected).sum(-1) > 0.995).all()
