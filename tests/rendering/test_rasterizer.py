# SPDX-License-Identifier: GPL-3.0-or-later
from fractions import Fraction

import numpy as np
import pytest
import torch
import trimesh
from numpy.typing import NDArray

from backend.learning.rendering.renderer import get_renderer
from backend.learning.rendering.view import View
from backend.rendering.camera import Camera
from tests.rendering.scenes import Scene, batch, head, projected, sphere


def rays(camera: Camera, size: int) -> NDArray[np.float64]:
    """World directions (size², 3) through the pixels' centres, by the definition of a pinhole."""
    step = (np.arange(size) + 0.5) / size * 2 - 1
    reach = np.tan(np.radians(camera.fov) / 2)
    x, y = np.meshgrid(step * reach, -step * reach)
    return np.stack([x, y, -np.ones_like(x)], axis=-1).reshape(-1, 3) @ camera.rotation


def nearest_hits(scene: Scene, view: View, size: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Triangle and depth per pixel by Möller and Trumbore's test of every ray with every triangle."""
    vertices, triangles, _ = scene
    a, b, c = (vertices[triangles[:, k]] - view.camera.position for k in range(3))
    u, v = b - a, c - a
    ids, depths = [], []
    for d in rays(view.camera, size):
        p = np.cross(d, v)
        det = (u * p).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            s = -(a * p).sum(axis=1) / det
            q = np.cross(-a, u)
            t = (q @ d) / det
            far = (q * v).sum(axis=1) / det
        hit = (s >= 0) & (t >= 0) & (s + t <= 1) & (far >= view.camera.near)
        far = np.where(hit, far, np.inf)
        k = int(far.argmin())
        ids.append(k if np.isfinite(far[k]) else -1)
        depths.append(far[k])
    return np.array(ids).reshape(size, size), np.array(depths).reshape(size, size)


@pytest.mark.parametrize("scene", [sphere(3), head()], ids=["sphere", "head"])
def test_coverage_and_triangles_agree_with_ray_casting(scene: Scene) -> None:
    size = 40
    vertices, triangles, views = batch(scene)
    ours = get_renderer().face_ids(vertices, triangles, views, size)[0].numpy()
    for face, view in zip(ours, views, strict=True):
        theirs, _ = nearest_hits(scene, view, size)
        assert ((face >= 0) == (theirs >= 0)).mean() > 0.999
        assert (face == theirs).mean() > 0.998


def test_triangles_agree_with_exact_arithmetic() -> None:
    """Rational arithmetic decides every pixel of random overlapping triangles, without rounding."""
    rng = np.random.default_rng(5)
    # Dyadic coordinates and a 90° camera on the axis: pixel rays and corners are exact rationals.
    vertices = np.round(rng.uniform(-0.9, 0.9, (30, 3)) * 64) / 64 - [0, 0, 2]
    triangles = np.arange(30, dtype=np.int32).reshape(10, 3)
    view = View(Camera(np.zeros(3), np.eye(3), 90.0, 0.01))
    size = 16
    face = get_renderer().face_ids(torch.from_numpy(vertices)[None], torch.from_numpy(triangles), [view], size)[0, 0]
    exact = [[Fraction(float(x)) for x in row] for row in vertices]
    for i in range(size):
        for j in range(size):
            d = (Fraction(2 * j + 1 - size, size), Fraction(size - 2 * i - 1, size), Fraction(-1))
            best, seen = Fraction(0), -1
            for t, corners in enumerate(triangles):
                a, b, c = (exact[k] for k in corners)
                w = [_triple(d, b, c), _triple(d, c, a), _triple(d, a, b)]
                det = _triple(a, b, c)
                if det == 0 or min(x * det for x in w) < 0:
                    continue
                if sum(w) / det > best:
                    best, seen = sum(w) / det, t
            assert int(face[i, j]) == seen, (i, j)


def _triple(a: object, b: object, c: object) -> Fraction:
    (x, y, z), (p, q, r), (s, t, u) = a, b, c  # type: ignore[misc]
    return x * (q * u - r * t) + y * (r * s - p * u) + z * (p * t - q * s)


def test_a_triangle_through_the_near_plane_is_cut_there() -> None:
    """A floor under the camera, from behind it to the horizon, fills what lies below the horizon."""
    floor = np.array([[-50, -1, 5], [50, -1, 5], [0, -1, -400.0]])
    view = View(Camera(np.zeros(3), np.eye(3), 60.0, 0.5))
    scene = (floor, np.array([[0, 1, 2]], dtype=np.int32), [view])
    face = get_renderer().face_ids(*batch(scene), 64)[0, 0].numpy()
    ids, _ = nearest_hits(scene, view, 64)
    assert (face == ids).all()
    assert (face[33:] == 0).mean() > 0.9
    assert (face[:31] == -1).all()


def test_a_near_plane_beyond_the_object_hides_it() -> None:
    vertices, triangles, views = batch(sphere(2))
    camera = views[0].camera
    hidden = View(Camera(camera.position, camera.rotation, camera.fov, 10.0))
    assert (get_renderer().face_ids(vertices, triangles, [hidden], 32) == -1).all()


def test_a_closed_mesh_has_no_cracks() -> None:
    """Inside the outline of a convex body, every pixel sees it, at any of several sizes."""
    vertices, triangles, views = sphere(3)
    hull = trimesh.convex.convex_hull(vertices)
    for size in (31, 64, 97):
        face = get_renderer().face_ids(*batch((vertices, triangles, views)), size)[0]
        for seen, view in zip(face.numpy(), views, strict=True):
            outline = projected(view.camera, hull.vertices, size)
            from scipy.spatial import Delaunay

            y, x = np.mgrid[:size, :size] + 0.5
            inside = Delaunay(outline).find_simplex(np.stack([x, y], axis=-1)) >= 0
            assert ((seen >= 0) == inside).mean() > 0.999
            assert (seen[inside] >= 0).mean() > 0.999


def test_project_agrees_with_the_rasterizer() -> None:
    """A tiny triangle around a point is seen at the pixel that the camera projects the point to."""
    camera = Camera.look_at([0.2, 0.1, 0.5], [0.0, 0.02, 0.0], fov=40)
    rng = np.random.default_rng(0)
    for point in rng.uniform(-0.1, 0.1, (20, 3)):
        corners = point + 0.008 * (np.array([[1, 0], [-0.5, 0.8], [-0.5, -0.8]]) @ camera.rotation[:2])
        face = get_renderer().face_ids(torch.from_numpy(corners)[None], torch.tensor([[0, 1, 2]]), [View(camera)], 200)
        x, y = projected(camera, point, 200)
        assert int(face[0, 0, int(y), int(x)]) == 0
        rows, columns = np.nonzero(face[0, 0].numpy() == 0)
        assert abs(columns.mean() + 0.5 - x) < 0.6
        assert abs(rows.mean() + 0.5 - y) < 0.6
