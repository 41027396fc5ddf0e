# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.evaluation.baselines import DeformationTransfer, DeltaTransfer
from backend.evaluation.baselines.deformation_transfer import gradient_operator
from backend.evaluation.look import random_identities
from backend.evaluation.triangle_geometry import deformation_gradients, triangle_bases, vertex_areas
from backend.morphable_model import MorphableModel
from benchmarks.sculpts import SCULPTS, sculpted

Face = NDArray[np.float64]


def test_gradients_of_a_linear_function_are_its_slope_in_the_surface() -> None:
    rng = np.random.default_rng(0)
    vertices, triangles = (rng.standard_normal((30, 3)), rng.permuted(np.tile(np.arange(30), (20, 1)), axis=1)[:, :3])
    slope = rng.standard_normal(3)
    found = (gradient_operator(vertices, triangles) @ (vertices @ slope)).reshape(-1, 3)
    normal = triangle_bases(vertices, triangles)[..., 2]
    normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    expected = slope - normal * (normal @ slope)[:, None]
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_deformation_gradients_of_a_rotation_are_that_rotation() -> None:
    rng = np.random.default_rng(0)
    rest = rng.standard_normal((6, 3))
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    found = deformation_gradients(rest, rest @ turn.T + 1, np.array([[0, 1, 2], [3, 4, 5]]))
    np.testing.assert_allclose(found, [turn, turn], atol=1e-9)


def test_vertex_areas_add_up_to_the_surface(model: MorphableModel, face: Face) -> None:
    import trimesh

    whole = trimesh.Trimesh(face, model.triangles, process=False)
    assert vertex_areas(face, model.triangles).sum() == pytest.approx(whole.area)


@pytest.mark.parametrize("kind", [DeltaTransfer, DeformationTransfer])
def test_the_sculpt_comes_back_exactly(kind: type, model: MorphableModel, face: Face) -> None:
    rng = np.random.default_rng(0)
    sculpt = face * [1.1, 0.95, 1.05] + 0.001 * np.sin(40 * face) + 1e-4 * rng.standard_normal(3)
    method = kind(model, face, sculpt)
    np.testing.assert_allclose(method.styled_rig().vertices, sculpt, atol=1e-7)
    np.testing.assert_allclose(method.styled_neutral(face[None])[0], sculpt, atol=1e-7)


def test_without_a_style_both_give_the_source(model: MorphableModel, face: Face) -> None:
    people = random_identities(model, 2, 0)
    for method in (DeltaTransfer(model, face, face), DeformationTransfer(model, face, face)):
        np.testing.assert_allclose(method.styled_neutral(people), people, atol=1e-7)
        rig = method.styled_rig()
        np.testing.assert_allclose(rig.deltas, model.expression_basis, atol=1e-6)
    transfer = DeformationTransfer(model, face, face)
    np.testing.assert_allclose(transfer.expression_deltas(people[0]), model.expression_basis, atol=1e-6)


def test_a_bigger_head_moves_as_much_more(model: MorphableModel, face: Face) -> None:
    rig = DeformationTransfer(model, face, 1.3 * face).styled_rig()
    skin = model.part_vertices("face_head")
    for name in ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "browInnerUp"):
        row = rig.names.index(name)
        wanted = 1.3 * model.expression_basis[row, skin]
        error = np.linalg.norm(rig.deltas[row, skin] - wanted) / np.linalg.norm(wanted)
        assert error < 0.03


@pytest.mark.parametrize("name", SCULPTS)
def test_both_agree_on_neutral_faces_within_hundredths_of_what_they_change(name: str, model: MorphableModel) -> None:
    pair = sculpted(name)
    people = random_identities(model, 3, 0)
    delta = DeltaTransfer(model, pair.neutral, pair.styled).styled_neutral(people)
    moved = DeformationTransfer(model, pair.neutral, pair.styled).styled_neutral(people)
    skin = model.part_vertices("face_head")
    apart, done = (np.sqrt((change[:, skin] ** 2).sum(-1).mean()) for change in (delta - moved, delta - people))
    assert 0.005 < apart / done < 0.3
