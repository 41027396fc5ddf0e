# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges of openings, on surfaces whose edge is known and on the default head."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.mesh.similarity import Similarity
from backend.morphable_model import MorphableModel
from backend.registration.eye_pieces import fitted_eyes
from backend.registration.feature_lines import View, counterparts, edge_of_opening, edge_of_slit
from backend.registration.landmarks import landmark_vertices
from backend.registration.own_lines import AXES, lid_edge, lip_edge
from tests.shapes import round_ball

VIEW = View(np.zeros(3), np.eye(3), 0.5, 2.0)


def _with_opening(angle: float, lined: bool) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """A sphere with a round opening around +Z that ends there, or goes on inside as a smaller sphere: (N, 3), (M, 3)."""
    ball = round_ball(4, 1.0)
    open_ = np.arccos(np.clip(ball.vertices[:, 2], -1, 1)) < angle
    faces = ball.triangles[~open_[ball.triangles].all(1)]
    vertices = ball.vertices.copy()
    if lined:  # what would lie in the opening is turned back inside, so that it faces the centre
        theta = np.arccos(np.clip(vertices[:, 2], -1, 1))
        inner = theta < angle
        theta = np.where(inner, 2 * angle - theta, theta)
        length = np.where(inner, 0.9, 1.0)
        phi = np.arctan2(vertices[:, 1], vertices[:, 0])
        vertices = length[:, None] * np.stack(
            [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1
        )
        faces = ball.triangles[~(np.arccos(np.clip(ball.vertices[:, 2], -1, 1)) < 0.4 * angle)[ball.triangles].any(1)]
    return vertices, faces


@pytest.mark.parametrize("lined", [False, True])
def test_the_edge_of_a_round_opening_is_round(lined: bool) -> None:
    angle = 0.6
    edge = edge_of_opening(*_with_opening(angle, lined), VIEW)
    assert edge is not None and len(edge.points) > 70
    found = np.arccos(edge.points[:, 2] / np.linalg.norm(edge.points, axis=1))
    assert np.abs(found - angle).max() < 0.1  # an edge of the sphere's triangles
    around = np.unwrap(np.arctan2(edge.points[:, 1], edge.points[:, 0]))
    assert np.ptp(around) == pytest.approx(2 * np.pi, abs=0.3)


def test_what_has_no_opening_has_no_edge() -> None:
    ball = round_ball(3, 1.0)
    assert edge_of_opening(ball.vertices, ball.triangles, VIEW) is None
    assert edge_of_slit(ball.vertices, ball.triangles, np.eye(3), np.array([[-0.1, 0, 1], [0.1, 0, 1]]), 0.05) is None


def test_an_edge_finds_itself_wherever_it_is_put(model: MorphableModel) -> None:
    """Corner goes on corner and each point on its own place, also on another size and place of the same edge."""
    template = model.template.astype(np.float64)
    edges = [lid_edge(model, template, eye) for eye in fitted_eyes(model, template)] + [lip_edge(model, template)]
    for edge in edges:
        assert edge is not None
        ends = edge.ends(AXES[0])
        assert counterparts(edge, ends, edge, ends) == pytest.approx(edge.points, abs=1e-12)
        grown = Similarity(1.7, np.eye(3), np.array([0.1, 0.2, 0.3]))
        other = type(edge)(edge.corners, edge.weights, grown(edge.points))
        assert counterparts(edge, ends, other, other.ends(AXES[0])) == pytest.approx(grown(edge.points), abs=1e-9)


def test_landmarks_of_eyes_and_mouth_lie_on_what_is_seen_of_them(model: MorphableModel) -> None:
    found = landmark_vertices(model)
    template = model.template.astype(np.float64)
    place = {name: template[row] for name, row in found.items()}
    for side in ("left", "right"):
        width = np.linalg.norm(place[f"eye_outer_{side}"] - place[f"eye_inner_{side}"])
        height = np.linalg.norm(place[f"lid_upper_{side}"] - place[f"lid_lower_{side}"])
        assert 0.02 < width < 0.03 and 0.005 < height < 0.015
    if model.mirror is not None:
        for name in (name for name in found if name.endswith("_left")):
            assert model.mirror[found[name]] == found[name.removesuffix("left") + "right"], name
    lips = lip_edge(model, template)
    assert lips is not None
    left, right = (lips.points[row] for row in lips.ends(AXES[0]))
    assert np.linalg.norm(left - place["mouth_corner_left"]) < 0.002
    assert np.linalg.norm(right - place["mouth_corner_right"]) < 0.002
