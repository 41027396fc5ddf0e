# SPDX-License-Identifier: GPL-3.0-or-later
"""The same head is found alike whatever its turn, what is none is refused, and doubts are told."""

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import UserError
from backend.learning.mesh_encoder.random_triangulation import triangulated
from backend.learning.mesh_encoder.stylised import stylised
from backend.mesh.topology import split_quads
from backend.mesh_files.mesh import Mesh
from backend.morphable_model import MorphableModel
from backend.registration.face_encoder import FaceCode, default_face_encoder
from backend.registration.found_face import check_face
from backend.registration.landmarks import landmark_vertices

Array = NDArray[np.float64]

UPSIDE_DOWN = Rotation.from_euler("z", 180, degrees=True).as_matrix()
Z_UP = Rotation.from_euler("x", -90, degrees=True).as_matrix()


@pytest.fixture(scope="module")
def person_code(model: MorphableModel, person: Array) -> FaceCode:
    return default_face_encoder().encode(person, model.triangles)


def fitted(code: FaceCode) -> Array:
    """The head that was fitted, in the mesh's own coordinates."""
    return code.fit.to_model.inverse(default_face_encoder().fitter.vertices(code.fit))


@pytest.mark.parametrize("turn", [UPSIDE_DOWN, Z_UP, Rotation.from_rotvec([0.7, -1.1, 0.5]).as_matrix()])
def test_a_head_has_the_same_code_in_any_unit_place_turn_and_order(
    model: MorphableModel, person: Array, person_code: FaceCode, turn: Array
) -> None:
    order = np.random.default_rng(4).permutation(len(person))
    moved = 100 * person[order] @ turn + np.array([3.0, 160.0, -20.0])
    code = default_face_encoder().encode(moved, np.argsort(order)[model.triangles[::-1]])
    assert code.fit.identity == pytest.approx(person_code.fit.identity, abs=1e-3)
    back = (fitted(code) - [3.0, 160.0, -20.0]) @ turn.T / 100
    assert np.abs(back - fitted(person_code)).max() < 2e-5  # m; a fifth of the bar
    np.testing.assert_array_equal(code.label[code.mesh.row_of], person_code.label[person_code.mesh.row_of][order])


def test_the_tilt_is_told(model: MorphableModel, person: Array, person_code: FaceCode) -> None:
    assert person_code.certainty.tilt_degrees < 10
    encoder = default_face_encoder()
    lying = encoder.encode(person @ UPSIDE_DOWN, model.triangles)
    assert lying.certainty.tilt_degrees > 80
    assert encoder.encode(person @ Z_UP, model.triangles).certainty.tilt_degrees < 10
    for code in (person_code, lying):
        assert code.certainty.margin > 1.3 and code.certainty.covered > 0.95 and code.certainty.skin > 0.5
        check_face(code, "person")


def solid(mesh: trimesh.Trimesh) -> Mesh:
    triangles = np.array(mesh.faces)
    polygons = np.concatenate([triangles, np.full((len(triangles), 1), -1)], axis=1).astype(np.int32)
    return Mesh(np.array(mesh.vertices, np.float64), polygons, None, None, "solid")


@pytest.mark.parametrize(
    "mesh",
    [
        trimesh.creation.box((1, 1.2, 0.8)),
        trimesh.creation.icosphere(subdivisions=4),
        trimesh.creation.icosphere(subdivisions=3).apply_transform(np.diag([0.8, 1.2, 1.0, 1])),
        trimesh.creation.cylinder(0.3, 1.0, sections=64).subdivide().subdivide(),
        trimesh.creation.torus(1.0, 0.3),
    ],
    ids=["cube", "ball", "egg", "tube", "ring"],
)
def test_what_is_no_head_is_refused(mesh: trimesh.Trimesh) -> None:
    held = solid(mesh)
    code = default_face_encoder().encode(held.vertices, split_quads(held.polygons)[0])
    with pytest.raises(UserError) as told:
        check_face(code, held.name)
    assert told.value.code in ("not-a-face", "axis") and told.value.remedy


def test_a_body_without_a_head_is_refused(model: MorphableModel, person: Array) -> None:
    neck = model.triangles[np.isin(model.triangle_part, [model.part_names.index("neck")])]
    used = np.unique(neck)
    torso = trimesh.creation.capsule(0.35, 0.15).subdivide()
    points = np.concatenate([person[used], np.array(torso.vertices) - [0, 0.5, 0.1]])
    faces = np.concatenate([np.searchsorted(used, neck), np.array(torso.faces) + len(used)])
    with pytest.raises(UserError, match="face"):
        check_face(default_face_encoder().encode(points, faces), "body")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stylised_heads_are_found_upright(model: MorphableModel, seed: int) -> None:
    rng = np.random.default_rng([20261201, seed])
    style = stylised(model, rng)
    made = triangulated(model, style, rng)
    face = model.template.astype(np.float64)
    code = default_face_encoder().encode(100 * made.place(face) @ Z_UP, made.triangles)
    assert code.certainty.tilt_degrees < 30
    marks = [landmark_vertices(model)[name] for name in ("eye_inner_left", "eye_inner_right", "nose_tip", "chin")]
    found = code.places_of(face[marks]) / 100 @ Z_UP.T
    height = np.ptp((face + style)[model.part_vertices("face_head"), 1])
    assert np.linalg.norm(found - (face + style)[marks], axis=1).mean() < 0.09 * height
