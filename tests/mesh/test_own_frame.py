# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.mesh.clean_mesh import clean_mesh
from backend.mesh.own_frame import own_frame
from backend.morphable_model import MorphableModel

Moved = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


def moved(vertices: NDArray[np.float64], triangles: NDArray[np.int64], seed: int) -> Moved:
    """The mesh in another unit, place, turn and order; and where each vertex went."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(vertices))
    turned = vertices[order] @ Rotation.random(rng=rng).as_matrix()
    row = np.argsort(order)
    shuffled = np.roll(rng.permutation(row[triangles]), int(rng.integers(3)), axis=1)
    return np.exp(rng.normal(0, 3)) * turned + rng.normal(0, 1, 3), shuffled, row


def test_a_mesh_is_the_same_to_the_last_digit_wherever_it_comes_from(model: MorphableModel) -> None:
    vertices, triangles = model.template.astype(np.float64), model.triangles.astype(np.int64)  # symmetric, many parts
    first = own_frame(clean_mesh(vertices, triangles))
    for seed in range(3):
        place, faces, row = moved(vertices, triangles, seed)
        again = own_frame(clean_mesh(place, faces))
        np.testing.assert_array_equal(again.mesh.vertices, first.mesh.vertices)
        np.testing.assert_array_equal(again.mesh.triangles, first.mesh.triangles)
        np.testing.assert_array_equal(again.mesh.row_of[row], first.mesh.row_of)


def test_frame_and_source_are_one_mesh(model: MorphableModel) -> None:
    vertices, triangles, _ = moved(model.template.astype(np.float64), model.triangles.astype(np.int64), 5)
    own = own_frame(clean_mesh(vertices, triangles))
    assert own.to_own(own.source.vertices) == pytest.approx(own.mesh.vertices, abs=1e-7)
    assert own.source.vertices[own.source.row_of] == pytest.approx(vertices, abs=1e-6 * np.ptp(vertices))
    assert np.linalg.det(own.to_own.rotation) == pytest.approx(1)
    weights = own.mesh.masses / own.mesh.masses.sum()
    assert weights @ own.mesh.vertices == pytest.approx(0, abs=1e-6)
    assert weights @ (own.mesh.vertices**2).sum(1) == pytest.approx(1, abs=1e-6)


def test_surfaces_that_touch_keep_their_order() -> None:
    first, second = trimesh.creation.box((1, 1.2, 0.7)), trimesh.creation.box((1.6, 1.2, 0.7))
    second.apply_translation([1.3, 0, 0])
    vertices = np.concatenate([first.vertices, second.vertices])  # four corners of each lie on the other's
    vertices = vertices * (1 + 0.3 * vertices[:, [1, 2, 0]])  # a lopsided pair, of which no turn is its mirror image
    triangles = np.concatenate([first.faces, second.faces + 8]).astype(np.int64)
    expected = own_frame(clean_mesh(vertices, triangles))
    assert len(expected.mesh.vertices) == 16
    place, faces, row = moved(vertices, triangles, 2)
    again = own_frame(clean_mesh(place, faces))
    np.testing.assert_array_equal(again.mesh.triangles, expected.mesh.triangles)
    np.testing.assert_array_equal(again.mesh.row_of[row], expected.mesh.row_of)
