# SPDX-License-Identifier: GPL-3.0-or-later
import igl
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.constraints.eye_guard import EyeGuard
from backend.head.eyeball import Eyeball
from tests.shapes import Mesh, round_ball

Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def dented() -> Mesh:
    """A coarse ball of 12 mm, stretched and dented as a sculptor leaves it, and off the origin."""
    ball = round_ball(1, 0.012)
    bumps = 1 + np.random.default_rng(2).uniform(-0.12, 0.05, (len(ball.vertices), 1))
    return Mesh(ball.vertices * bumps * [1.2, 1.0, 0.9] + [0.03, 0.01, -0.02], ball.triangles)


def _eyeball(mesh: Mesh) -> Eyeball:
    return Eyeball(np.arange(len(mesh.vertices)), mesh.triangles)


def _directions(count: int) -> Array:
    directions = np.random.default_rng(1).normal(size=(count, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


@pytest.mark.parametrize("wound", [1, -1])
def test_the_gauge_is_the_distance_over_that_of_the_surface_on_the_same_ray(dented: Mesh, wound: int) -> None:
    surface = _eyeball(Mesh(dented.vertices, dented.triangles[:, ::wound])).surface(dented.vertices)
    directions = _directions(200)
    facets, lengths = np.zeros(200, dtype=int), np.empty(200)
    for row, direction in enumerate(directions):
        (facets[row], lengths[row], *_), *_ = igl.ray_mesh_intersect(
            surface.centre, direction, dented.vertices, dented.triangles
        )
    oracle = trimesh.Trimesh(dented.vertices, dented.triangles, process=False)
    factors = np.linspace(0.3, 3.0, 200)
    gauge, normals = surface.gauge(surface.centre + directions * (factors * lengths)[:, None])
    np.testing.assert_allclose(gauge, factors, rtol=1e-5)  # the oracle's hits are in single precision
    weights = trimesh.triangles.points_to_barycentric(
        oracle.triangles[facets], surface.centre + directions * lengths[:, None]
    )
    smooth = (oracle.vertex_normals[oracle.faces[facets]] * weights[..., None]).sum(axis=1)
    cosines = (smooth * normals).sum(axis=1) / np.linalg.norm(smooth, axis=1)
    assert cosines.min() > 0.99  # the oracle weighs facets by their angles


def test_an_eyeball_may_be_anywhere_and_of_any_size(dented: Mesh) -> None:
    turn, eyeball = Rotation.random(rng=np.random.default_rng(0)).as_matrix(), _eyeball(dented)
    points = dented.vertices + 0.005 * _directions(len(dented.vertices))
    gauge, normals = eyeball.surface(dented.vertices).gauge(points)
    moved, turned = eyeball.surface(2 * dented.vertices @ turn.T + 1).gauge(2 * points @ turn.T + 1)
    np.testing.assert_allclose(moved, gauge, rtol=1e-9)
    np.testing.assert_allclose(turned, normals @ turn.T, atol=1e-9)


@pytest.mark.parametrize("flat", [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0]], ids=["a point", "a disc"])
def test_everything_is_far_outside_an_eyeball_that_was_made_flat(dented: Mesh, flat: list[float]) -> None:
    surface = _eyeball(dented).surface(dented.vertices * flat)
    gauge, normals = surface.gauge(dented.vertices)
    assert (gauge > 100).all()
    assert np.isfinite(gauge).all()
    assert not normals.any()
    turned = dented.vertices[::-1] * flat
    lids = np.arange(len(dented.vertices))
    np.testing.assert_array_equal(
        _eyeball(dented).within(dented.vertices, dented.vertices, dented.vertices * flat, turned, lids), turned
    )


def test_an_eyeball_turns_as_it_is_without_lids_and_with_a_single_one(dented: Mesh) -> None:
    eyeball, face = _eyeball(dented), dented.vertices
    for lids in (np.zeros(0, dtype=np.intp), np.array([0])):
        np.testing.assert_array_equal(eyeball.within(face, face, face, face, lids), face)


def test_an_eyeball_comes_no_nearer_to_lids_than_the_sources(dented: Mesh) -> None:
    eyeball, eye = _eyeball(dented), dented.vertices
    surface = eyeball.surface(eye)
    directions = _directions(4000)
    out = directions / surface.gauge(surface.centre + directions)[0][:, None]

    def face(clearance: float, towards: float = -1.0) -> Array:
        """The eyeball and lids that lie off it by ``clearance`` where they look ``towards`` +x, far off elsewhere."""
        share = np.where(directions[:, 0] > towards, clearance, 9.0)
        return np.concatenate([eye, surface.centre + out * share[:, None]])

    lids = np.arange(len(eye), len(eye) + 4000)
    turned = (eye - surface.centre) @ Rotation.from_euler("y", 25, degrees=True).as_matrix().T + surface.centre
    shift = (turned - eye).mean(0)
    before = surface.gauge(turned - shift)[0]
    assert before.max() > 1.05  # it bulges

    def bulge(source: Array, styled: Array) -> Array:
        inside = eyeball.within(source, turned, styled, turned, lids)
        return surface.gauge(inside - shift)[0]

    np.testing.assert_allclose(bulge(face(1.04), face(1.04)), before, rtol=1e-12)
    np.testing.assert_allclose(bulge(face(1.04), face(1.06)), before, rtol=1e-12)
    under = before < 1.15  # what bulges beyond reaches out of the lids
    less = np.where(before > 1, np.maximum(before - 0.02, 1), before)
    np.testing.assert_allclose(bulge(face(1.04), face(1.02))[under], less[under])
    np.testing.assert_allclose(bulge(face(1.2), face(1.0))[under], np.minimum(before, 1)[under])
    half = bulge(face(1.2), face(1.0, towards=0.0))
    far = (turned - surface.centre)[:, 0] < -0.006
    np.testing.assert_allclose(half[far], before[far], rtol=1e-12)


def test_the_middles_of_long_edges_are_guarded_too() -> None:
    ball = round_ball(3, 0.012)
    skin = 0.012 * 1.02 * np.array([[-0.4, 0, 0.917], [0.4, 0, 0.917], [0.0, 0.05, 0.9987]])
    face = np.concatenate([ball.vertices, skin])
    rows = np.arange(len(ball.vertices), len(face))
    guard = EyeGuard.build(face, face, rows, [_eyeball(ball)], rows[None])
    assert guard is not None
    assert sorted(map(tuple, np.sort(guard.ends, axis=1))) == sorted(
        [(r, r) for r in rows] + [(rows[0], rows[1]), (rows[0], rows[2]), (rows[1], rows[2])]
    )
    distance = dict(zip(map(tuple, guard.ends), guard.distances(face), strict=True))
    # Halfway along a chord of 2 · 0.4 the ball's surface is farther out.
    assert distance[rows[0], rows[1]] == pytest.approx(1.02 * 0.917, rel=0.01)
    assert distance[rows[0], rows[0]] == pytest.approx(1.02, rel=0.01)
