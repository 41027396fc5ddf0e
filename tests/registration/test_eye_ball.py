# SPDX-License-Identifier: GPL-3.0-or-later
"""The ball that an eye turns as, against balls whose centre and radius are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.registration.eye_ball import EyeBall
from tests.shapes import round_ball

CENTRE, RADIUS = np.array([0.031, -0.002, 0.004]), 0.012
EXPECTED = EyeBall(CENTRE + np.array([0.002, -0.001, -0.003]), 0.016)


def _parts() -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Points and normals of whole balls, fronts, caps and walls of some thickness."""
    rays = round_ball(3, 1.0).vertices
    front, cap = rays[rays[:, 2] > 0], rays[rays[:, 2] > 0.8]
    double = np.concatenate([CENTRE + RADIUS * rays, CENTRE + 0.97 * RADIUS * rays])
    return {
        "whole": (CENTRE + RADIUS * rays, rays),
        "front": (CENTRE + RADIUS * front, front),
        "cap": (CENTRE + RADIUS * cap, cap),
        "front that faces backwards": (CENTRE + RADIUS * front, -front),
        "two walls": (double, np.concatenate([rays, -rays])),
    }


@pytest.mark.parametrize("kind", _parts())
def test_a_ball_is_found_by_any_of_its_parts(kind: str) -> None:
    points, normals = _parts()[kind]
    found = EyeBall.through(points, normals, np.ones(len(points)), EXPECTED)
    loose = {"cap": 0.15, "two walls": 0.03}.get(kind, 0.01)  # a cap hardly says how far behind it the centre is
    assert found.radius == pytest.approx(RADIUS, rel=loose)
    assert np.linalg.norm(found.centre - CENTRE) < loose * RADIUS


def test_a_flat_disc_gets_the_expected_radius_behind_it() -> None:
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9)), axis=-1).reshape(-1, 2)
    points = np.column_stack([0.01 * grid, np.zeros(len(grid))]) + EXPECTED.centre + [0, 0, 0.01]
    for sign in (1.0, -1.0):
        found = EyeBall.through(points, np.tile([0, 0, sign], (len(points), 1)), np.ones(len(points)), EXPECTED)
        assert found.radius == pytest.approx(EXPECTED.radius)
        assert found.centre == pytest.approx(points.mean(0) - [0, 0, EXPECTED.radius])


def test_a_cornea_counts_for_little() -> None:
    rays = round_ball(3, 1.0).vertices
    bulge = RADIUS * (1 + 0.1 * np.maximum(rays[:, 2] - 0.85, 0) / 0.15)
    found = EyeBall.through(CENTRE + bulge[:, None] * rays, rays, np.ones(len(rays)), EXPECTED)
    assert np.linalg.norm(found.centre - CENTRE) < 0.0002 and found.radius == pytest.approx(RADIUS, rel=0.01)
