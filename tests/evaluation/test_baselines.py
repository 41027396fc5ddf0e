# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.evaluation.baselines import DeformationTransfer, DeltaTransfer
from backend.evaluation.baselines.deformation_transfer import gradient_operator
from backend.evaluation.look import random_identities
from backend.evaluation.triangle_geometry import deformation_gradients, triangle_bases, vertex_areas
from backend.morphable_model import MorphableModel
from tests.evaluation.faces import real_pair

Face = NDArray[np.float64]


def test_gradients_of_a_linear_function_are_its_slope_in_the_surface() -> None:
    rng = np.random.default_rng(0)
    vertices, triangles = (
        rng.standard_normal((30, 3)),
        rng.permuted(np.tile(np.arange(30), (20, 1)), axis=1)[:, :3],
    )
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
    np.testing.assert_allclose(method.styled_rig(None).vertices, sculpt, atol=1e-7)
    np.testing.assert_allclose(method.styled_neutral(face[None])[0], sculpt, atol=1e-7)


def test_without_a_style_both_give_the_source(model: MorphableModel, face: Face) -> None:
    people = random_identities(model, 2, 0)
    for method in (DeltaTransfer(model, face, face), DeformationTransfer(model, face, face)):
        np.testing.assert_allclose(method.styled_neutral(people), people, atol=1e-7)
        rig = method.styled_rig(people[0])
        np.testing.assert_allclose(rig.deltas, model.expression_basis, atol=1e-6)
    still = DeformationTransfer(model, face, face, pins="still").expression_deltas(face)
    np.testing.assert_allclose(still, model.expression_basis, atol=1e-6)


def test_a_bigger_head_moves_as_much_more(model: MorphableModel, face: Face) -> None:
    rig = DeformationTransfer(model, face, 1.3 * face).styled_rig(None)
    skin = model.part_vertices("face_head")
    for name in ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "browInnerUp"):
        row = rig.names.index(name)
        wanted = 1.3 * model.expression_basis[row, skin]
        error = np.linalg.norm(rig.deltas[row, skin] - wanted) / np.linalg.norm(wanted)
        assert error < 0.03


def test_real_sculpts_agree_on_neutral_faces(model: MorphableModel, shared_data: Path) -> None:
    # Measured on the real sculpts: they differ by 0.003 to 0.009 RMS for a head height of 2.8.
    source, sculpt = real_pair(model, shared_data, "gaunt")
    people = random_identities(model, 3, 0)
    delta = DeltaTransfer(model, source, sculpt).styled_neutral(people)
    moved = DeformationTransfer(model, source, sculpt).styled_neutral(people)
    skin = model.part_vertices("face_head")
    distance = np.sqrt(((delta - moved)[:, skin] ** 2).sum(-1).mean())
    height = np.ptp(source[skin, 1])
    assert distance / height < 0.009 / 2.8 * 2
