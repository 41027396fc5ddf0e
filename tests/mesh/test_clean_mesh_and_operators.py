# SPDX-License-Identifier: GPL-3.0-or-later
import igl
import numpy as np
import pytest
import trimesh

from backend.mesh.clean_mesh import clean_mesh
from backend.mesh.operators import surface_operators, tangent_gradients
from backend.mesh.simplify import simplified


@pytest.fixture(scope="module")
def sphere() -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=4, radius=1.0)


def test_boundary_seams_are_welded_and_inner_contact_is_not() -> None:
    # Two triangles along a split seam, as an exporter writes them.
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    mesh = clean_mesh(vertices, np.array([[0, 1, 2], [3, 4, 5]]))
    assert len(mesh.vertices) == 4 and mesh.components.max() == 0
    assert mesh.row_of[1] == mesh.row_of[3] and mesh.row_of[2] == mesh.row_of[5]
    # Two closed boxes that touch in four vertices stay two.
    box = trimesh.creation.box()
    both = np.concatenate([box.vertices, box.vertices + np.array([1, 0, 0])])
    mesh = clean_mesh(both, np.concatenate([box.faces, box.faces + len(box.vertices)]))
    assert len(mesh.vertices) == 16 and mesh.components.max() == 1


def test_flat_and_loose_things_are_left_out_and_everything_faces_outwards(sphere: trimesh.Trimesh) -> None:
    rng = np.random.default_rng(0)
    faces = np.array(sphere.faces)
    turned = rng.random(len(faces)) < 0.4
    faces[turned] = faces[turned][:, ::-1]
    flat = np.array([[0, 0, 1], [5, 5, 5]])
    vertices = np.concatenate([sphere.vertices, [[9.0, 9, 9]]])
    mesh = clean_mesh(vertices, np.concatenate([faces, flat]))
    assert len(mesh.triangles) == len(faces)
    assert mesh.row_of[-1] == -1 and (mesh.row_of[:-1] >= 0).all()
    assert ((mesh.normals * mesh.vertices).sum(1) > 0.9).all()
    assert mesh.masses.sum() == pytest.approx(sphere.area)


def test_a_mesh_without_surface_is_refused() -> None:
    with pytest.raises(ValueError, match="no triangle"):
        clean_mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]))


def test_a_spheres_spectrum_and_gradients(sphere: trimesh.Trimesh) -> None:
    mesh = clean_mesh(np.array(sphere.vertices), np.array(sphere.faces))
    operators = surface_operators(mesh, 16)
    exact = np.repeat([0, 2, 6, 12], [1, 3, 5, 7])
    assert operators.eigenvalues == pytest.approx(exact, rel=0.02, abs=1e-6)
    gram = operators.eigenfunctions.T @ (operators.masses[:, None] * operators.eigenfunctions)
    assert gram == pytest.approx(np.eye(16), abs=1e-8)
    # ∫|∇φ|² = λ for each eigenfunction.
    energy = (operators.masses[:, None] * (operators.gradients**2).sum(0)).sum(0)
    assert energy == pytest.approx(exact, rel=0.03, abs=1e-6)
    along, across = tangent_gradients(mesh)
    height = mesh.vertices[:, 2]
    squared = (along @ height) ** 2 + (across @ height) ** 2
    assert squared == pytest.approx(1 - height**2, abs=0.02)


def test_operators_scale_as_lengths_do(sphere: trimesh.Trimesh) -> None:
    small = surface_operators(clean_mesh(np.array(sphere.vertices), np.array(sphere.faces)), 9)
    large = surface_operators(clean_mesh(100 * np.array(sphere.vertices), np.array(sphere.faces)), 9)
    grown = small.scaled(100)
    assert large.eigenvalues == pytest.approx(grown.eigenvalues, rel=1e-6, abs=1e-12)
    assert large.masses == pytest.approx(grown.masses)
    assert (large.gradients**2).sum() == pytest.approx((grown.gradients**2).sum(), rel=1e-6)


def test_holes_pieces_and_bad_edges_are_all_right(sphere: trimesh.Trimesh) -> None:
    faces = np.array(sphere.faces)[200:]  # a hole
    vertices = np.concatenate([sphere.vertices, 0.1 * sphere.vertices + 3.0])
    apart = np.array(sphere.faces) + len(sphere.vertices)
    fin = np.array([[faces[0, 0], faces[0, 1], faces[500, 2]], [faces[0, 0], faces[0, 1], faces[900, 0]]])
    mesh = clean_mesh(vertices, np.concatenate([faces, apart, fin]))
    operators = surface_operators(mesh, 24)
    assert all(np.isfinite(a).all() for a in vars(operators).values())
    assert (np.abs(operators.eigenvalues[:2]) < 1e-6).all() and operators.eigenvalues[2] > 1e-3
    tiny = surface_operators(clean_mesh(np.eye(3), np.array([[0, 1, 2]])), 24)
    assert tiny.eigenfunctions.shape == (3, 24) and np.isfinite(tiny.gradients).all()


@pytest.mark.parametrize("goal", [400, 100])
def test_a_stand_in_stays_on_the_surface(sphere: trimesh.Trimesh, goal: int) -> None:
    mesh = clean_mesh(np.array(sphere.vertices), np.array(sphere.faces))
    coarse = simplified(mesh, goal)
    assert 0.4 * goal < len(coarse.vertices) < 1.6 * goal
    away = np.sqrt(igl.point_mesh_squared_distance(coarse.vertices, mesh.vertices, mesh.triangles.astype(np.int64))[0])
    assert away.max() < 0.15
    assert simplified(coarse, 10**6) is coarse
