# SPDX-License-Identifier: GPL-3.0-or-later
import igl
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lstsq

from backend.mesh.areas import vertex_areas
from backend.mesh.poisson import PoissonSystem
from tests.shapes import Mesh, round_ball

Array = NDArray[np.float64]


def _sum_of_squares_rows(mesh: Mesh) -> tuple[Array, Array]:
    """Directed half edges as rows (3M, N) with the cotangent weight of each, written out one by one."""
    rows, weights = [], []
    for triangle in mesh.triangles:
        corners = mesh.vertices[triangle]
        for corner in range(3):
            first, second = (corners[(corner + 1) % 3] - corners[corner], corners[(corner + 2) % 3] - corners[corner])
            cotangent = first @ second / np.linalg.norm(np.cross(first, second))
            row = np.zeros(len(mesh.vertices))
            row[triangle[(corner + 2) % 3]], row[triangle[(corner + 1) % 3]] = 1, -1
            rows.append(row)
            weights.append(cotangent / 2)
    assert min(weights) < 0 < max(weights) < 5.0  # obtuse corners, no slivers
    return np.array(rows), np.array(weights)


def test_recovers_a_surface_from_its_edges_and_one_anchor(ball: Mesh) -> None:
    anchor = np.zeros(len(ball.vertices))
    anchor[7] = 1.0
    system = PoissonSystem(ball.vertices, ball.triangles, anchor)
    rng = np.random.default_rng(1)
    surfaces = ball.vertices + rng.normal(0, 0.01, (2, *ball.vertices.shape))
    elsewhere = rng.normal(size=surfaces.shape)
    elsewhere[:, 7] = surfaces[:, 7]
    solved = system.solve(system.edges(surfaces), elsewhere)
    np.testing.assert_allclose(solved, surfaces, atol=1e-10)


@pytest.mark.parametrize("kind", ["one point", "two corners in one", "a line", "nearly a line"])
def test_a_triangle_without_area_is_no_obstacle(ball: Mesh, kind: str) -> None:
    collapsed, (first, second, third) = ball.vertices.copy(), ball.triangles[40]
    middle = 0.5 * (collapsed[first] + collapsed[second])
    if kind == "one point":
        collapsed[[second, third]] = collapsed[first]
    elif kind == "two corners in one":
        collapsed[second] = collapsed[first]
    else:
        collapsed[third] = middle + (1e-12 if kind == "nearly a line" else 0.0)
    anchor = np.zeros(len(collapsed))
    anchor[7] = 1.0
    system = PoissonSystem(collapsed, ball.triangles, anchor)
    solved = system.solve(system.edges(ball.vertices)[None], ball.vertices[None])[0]
    np.testing.assert_allclose(solved, ball.vertices, atol=1e-9)


@pytest.mark.parametrize("constrained", [False, True])
def test_is_the_least_squares_solution(ball: Mesh, constrained: bool) -> None:
    count = len(ball.vertices)
    rng = np.random.default_rng(2)
    anchor_weights = rng.uniform(0.01, 2.0, count) * (rng.random(count) < 0.3)
    constraints, weights, values = None, None, np.zeros((0, 3))
    if constrained:
        constraints = sparse.random(9, count, density=0.05, random_state=3, format="csr")
        weights = rng.uniform(0.5, 50.0, 9)
        values = rng.normal(0, 0.02, (9, 3))
    system = PoissonSystem(ball.vertices, ball.triangles, anchor_weights, constraints, weights)
    targets = rng.normal(0, 0.01, (1, len(ball.triangles), 3, 3))
    anchors = rng.normal(0, 0.03, (1, count, 3))
    solved = system.solve(targets, anchors, values[None] if constrained else None)[0]

    rows, edge_weights = _sum_of_squares_rows(ball)
    matrix, right, weight = (
        [rows, np.eye(count)],
        [targets.reshape(-1, 3), anchors[0]],
        [edge_weights, anchor_weights],
    )
    if constraints is not None and weights is not None:
        matrix.append(constraints.toarray())
        right.append(values)
        weight.append(weights)
    every, factors = np.concatenate(matrix), np.concatenate(weight)[:, None]
    expected = np.linalg.solve(every.T @ (factors * every), every.T @ (factors * np.concatenate(right)))
    np.testing.assert_allclose(solved, expected, atol=1e-9)


def test_is_the_surface_whose_gradients_are_nearest(ball: Mesh) -> None:
    """min Σ area ‖∇x − G‖², the energy of deformation transfer, with libigl's gradient operator as oracle."""
    triangles, count = ball.triangles.astype(np.int64), len(ball.vertices)
    wanted = np.eye(3) + np.random.default_rng(4).normal(0, 0.3, (len(triangles), 3, 3))
    anchor = np.zeros(count)
    anchor[0] = 1.0
    system = PoissonSystem(ball.vertices, ball.triangles, anchor)
    edges = np.einsum("mij,mkj->mki", wanted, system.edges(ball.vertices))
    solved = system.solve(edges[None], ball.vertices[None])[0]

    normals = igl.per_face_normals(ball.vertices, triangles)
    tangential = wanted - np.einsum("mij,mj,mk->mik", wanted, normals, normals)
    areas = np.tile(np.sqrt(igl.doublearea(ball.vertices, triangles)), 3)[:, None]
    gradient = igl.grad(ball.vertices, triangles).toarray()
    right = tangential.transpose(2, 0, 1).reshape(-1, 3)
    expected = np.zeros_like(ball.vertices)
    expected[1:] = lstsq((areas * gradient)[:, 1:], areas * right)[0]
    expected += ball.vertices[0] - expected[0]
    np.testing.assert_allclose(solved, expected, atol=1e-9)


def test_stiffness_is_libigls_cotangent_matrix() -> None:
    """Solving with zero targets and unit anchors inverts (I − L), where all cotangents are positive."""
    sphere = round_ball(subdivisions=2)
    laplacian = igl.cotmatrix(sphere.vertices, sphere.triangles.astype(np.int64)).toarray()
    assert (laplacian - np.diag(np.diag(laplacian)) >= 0).all()
    system = PoissonSystem(sphere.vertices, sphere.triangles, np.ones(len(sphere.vertices)))
    anchors = np.random.default_rng(4).normal(size=(1, len(sphere.vertices), 3))
    solved = system.solve(np.zeros((1, len(sphere.triangles), 3, 3)), anchors)[0]
    np.testing.assert_allclose(solved - laplacian @ solved, anchors[0], atol=1e-10)


def test_edges_are_differences_of_corners(ball: Mesh) -> None:
    system = PoissonSystem(ball.vertices, ball.triangles, np.ones(len(ball.vertices)))
    corners = ball.vertices[ball.triangles]
    expected = np.stack(
        [corners[:, 2] - corners[:, 1], corners[:, 0] - corners[:, 2], corners[:, 1] - corners[:, 0]], 1
    )
    np.testing.assert_array_equal(system.edges(ball.vertices), expected)


def test_a_bad_triangle_of_the_reference_spoils_nothing(ball: Mesh) -> None:
    pinched = ball.vertices.copy()
    pinched[ball.triangles[0, 1]] = 0.999 * pinched[ball.triangles[0, 0]] + 0.001 * pinched[ball.triangles[0, 1]]
    system = PoissonSystem(pinched, ball.triangles, np.eye(1, len(pinched))[0])
    solved = system.solve(system.edges(ball.vertices)[None], ball.vertices[None])[0]
    np.testing.assert_allclose(solved, ball.vertices, atol=1e-9)


def test_vertex_areas_share_the_surface(ball: Mesh) -> None:
    areas = vertex_areas(ball.vertices, ball.triangles)
    mass = igl.massmatrix(ball.vertices, ball.triangles.astype(np.int64), igl.MASSMATRIX_TYPE_BARYCENTRIC)
    np.testing.assert_allclose(areas, mass.diagonal(), rtol=1e-10)
