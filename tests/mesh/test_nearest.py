# SPDX-License-Identifier: GPL-3.0-or-later
import igl
import numpy as np

from backend.mesh.nearest import SurfaceIndex, closest_weights
from backend.morphable_model import MorphableModel


def test_without_normals_it_is_the_nearest_point(model: MorphableModel) -> None:
    rng = np.random.default_rng(0)
    vertices, faces = model.template.astype(np.float64), model.triangles.astype(np.int64)
    points = vertices[rng.integers(len(vertices), size=500)] + rng.normal(0, 0.003, (500, 3))
    found = SurfaceIndex(vertices, faces, 0.001, 0.0).nearest(points, np.zeros_like(points))
    exact = np.sqrt(igl.point_mesh_squared_distance(points, vertices, faces)[0])
    assert (found.distance >= exact - 1e-9).all()
    assert np.percentile(found.distance - exact, 98) < 1e-6
    assert np.allclose(found.weights.sum(1), 1)


def test_weights_are_of_the_closest_point_of_a_triangle() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        corner, point = rng.normal(size=(3, 3)), 2 * rng.normal(size=3)
        ours = closest_weights(point[None], corner[None])[0]
        exact = igl.point_mesh_squared_distance(point[None], corner, np.array([[0, 1, 2]]))
        assert np.allclose(ours @ corner, exact[2], atol=1e-9)
        assert (ours >= -1e-12).all()


def test_two_sheets_that_face_apart_are_told_apart() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    vertices = np.concatenate([square, square + np.array([0, 0, 0.001])])
    faces = np.array([[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7]])  # the lower faces down, the upper up
    index = SurfaceIndex(vertices, faces, 0.1, 0.1)
    point = np.array([[0.5, 0.4, 0.0009], [0.5, 0.4, 0.0009]])
    found = index.nearest(point, np.array([[0, 0, -1.0], [0, 0, 1.0]]))
    assert (found.triangle < 2).tolist() == [True, False]
