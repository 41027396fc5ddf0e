# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.constraints.eye_guard import EyeGuard
from backend.head.eyeball import Eyeball, eye_radius
from backend.head.geometry import HeadGeometry
from backend.head.mouth_cavity import THICKNESS, CavityGuard
from backend.pairs.pair import Pair
from tests.shapes import round_ball

Array = NDArray[np.float64]

_RADIUS = 0.012
_BALL = round_ball(3, _RADIUS)


@pytest.fixture
def lid() -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
    """An eyeball, and five skin vertices in front of it and one far away: positions, eyeball, skin."""
    eye = _BALL.vertices
    directions = np.array([[0, 0, 1], [0, 0.6, 0.8], [0.6, 0, 0.8], [0, -0.6, 0.8], [-0.3, 0.3, 0.9]])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    skin = np.concatenate([1.1 * _RADIUS * directions, [[0.05, 0, 0.05]]])
    return np.concatenate([eye, skin]), np.arange(len(eye)), np.arange(len(eye), len(eye) + 6)


def _guard(lid: tuple[Array, NDArray[np.intp], NDArray[np.intp]]) -> EyeGuard:
    template, eye, skin = lid
    guard = EyeGuard.build(template, template, skin, [Eyeball(eye, _BALL.triangles)], None)
    assert guard is not None
    return guard


def test_guards_what_lies_in_front_of_the_eyeball(lid: tuple[Array, NDArray[np.intp], NDArray[np.intp]]) -> None:
    template, eye, skin = lid
    guard = _guard(lid)
    np.testing.assert_array_equal(guard.ends, np.repeat(skin[:5, None], 2, axis=1))
    centre, radius = eye_radius(template[eye])
    np.testing.assert_allclose(centre, 0, atol=1e-12)
    assert radius == pytest.approx(_RADIUS)
    assert EyeGuard.build(template, template, skin[5:], [Eyeball(eye, _BALL.triangles)], None) is None
    assert EyeGuard.build(template, template, skin, [], None) is None


def test_limits_lie_just_outside_a_flattened_moved_eyeball(
    lid: tuple[Array, NDArray[np.intp], NDArray[np.intp]],
) -> None:
    template, eye, skin = lid
    guard = _guard(lid)
    axes, shift = np.array([1.5, 1.2, 0.8]), np.array([0.01, 0.02, 0.0])
    target = template.copy()
    target[eye] = template[eye] * axes + shift
    factors = np.array([0.5, 0.9, 1.0, 1.2, 2.0])
    positions = template[skin[:5]] / 1.1 * factors[:, None] * axes + shift
    target[skin[:5]] = positions
    moves, outwards = guard.ways_out(target, np.full(5, 1.1))
    limits = positions + moves
    # The eyeball is an ellipsoid of facets now: a tenth of a radius outside, on the ray through each point.
    scaled = (limits - shift) / axes / _RADIUS
    np.testing.assert_allclose(np.linalg.norm(scaled, axis=1), 1.1, rtol=0.01)
    rays = (positions - shift) / axes / _RADIUS / factors[:, None]
    np.testing.assert_allclose(np.cross(scaled, rays), 0, atol=1e-9)
    gradient = (limits - shift) / axes**2  # of the ellipsoid's implicit function
    gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
    assert (gradient * outwards).sum(axis=1).min() > 0.99


def test_skin_need_not_be_further_out_than_on_the_source(lid: tuple[Array, NDArray[np.intp], NDArray[np.intp]]) -> None:
    template, _, skin = lid
    source = template.copy()
    source[skin[0]] = [0, 0, 1.02 * _RADIUS]
    guard = _guard(lid)
    deep = template.copy()
    deep[skin[0]] = [0, 0, 0.5 * _RADIUS]
    moves, _ = guard.ways_out(deep, guard.distances(source))
    np.testing.assert_allclose(moves[0], [0, 0, 0.52 * _RADIUS], atol=1e-12)


def test_the_heads_own_lids_are_outside_its_eyeballs_already(head: HeadGeometry) -> None:
    surface = head.surface
    eyes = [Eyeball(c.vertices, surface.triangles) for c in surface.inner_components if c.part in ("eye_l", "eye_r")]
    guard = EyeGuard.build(surface.vertices, surface.vertices, surface.skin, eyes, surface.triangles)
    assert guard is not None
    assert len(guard) > 100
    own = guard.distances(surface.vertices)
    moves, outwards = guard.ways_out(surface.vertices, own)
    assert (moves * outwards).sum(axis=1).max() < 1e-12


def _bag_in_a_shell() -> tuple[Array, CavityGuard]:
    """A ball of skin, open at the front like lips, with loose points inside and outside it."""
    shell = round_ball(4, 0.05)
    corners = shell.vertices[shell.triangles]
    closed = shell.triangles[corners[..., 2].min(axis=1) < 0.045]
    rays = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, -1], [-1, 0, 0]])
    depths = np.array([0.010, 0.001, -0.004, 0.0005])
    points = rays * (0.05 - depths)[:, None]
    behind_the_lips = [[0.0, 0, 0.03], [0.0, 0, 0.0]]
    vertices = np.concatenate([shell.vertices, points, behind_the_lips])
    guarded = np.arange(len(shell.vertices), len(vertices))
    return vertices, CavityGuard(guarded, closed.astype(np.int64))


def test_depth_is_signed_by_inside_and_outside_even_behind_an_opening() -> None:
    vertices, guard = _bag_in_a_shell()
    depth = guard.depth(vertices)
    np.testing.assert_allclose(depth[:4], [0.010, 0.001, -0.004, 0.0005], atol=2e-4)
    assert (depth[4:] > 0.015).all()


def test_projection_brings_the_bag_behind_the_skin_and_moves_nothing_else() -> None:
    vertices, guard = _bag_in_a_shell()
    allowed = guard.project(vertices)
    np.testing.assert_array_equal(allowed[[0, 4, 5]], vertices[guard.vertices[[0, 4, 5]]])
    placed = vertices.copy()
    placed[guard.vertices] = allowed
    assert guard.depth(placed).min() > THICKNESS - 1e-4
    np.testing.assert_allclose(guard.project(placed), allowed, atol=1e-4)


def test_what_a_sculptor_put_outside_may_stay_there() -> None:
    vertices, guard = _bag_in_a_shell()
    own = np.minimum(guard.depth(vertices), THICKNESS)
    np.testing.assert_allclose(guard.project(vertices, own), vertices[guard.vertices], atol=1e-12)


def test_the_heads_own_bag_is_covered(head: HeadGeometry, bundled: Pair) -> None:
    guard = CavityGuard.build(head.surface)
    assert guard is not None
    assert len(guard) > 200
    for face in (head.surface.vertices, bundled.neutral, bundled.styled):
        assert guard.depth(face).min() > 0
    np.testing.assert_array_equal(guard.project(head.surface.vertices), head.surface.vertices[guard.vertices])
    picked = guard.rows(head.surface.skin) @ head.surface.vertices[head.surface.skin]
    np.testing.assert_array_equal(picked, head.surface.vertices[guard.vertices])
