# SPDX-License-Identifier: GPL-3.0-or-later
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from backend.errors import UserError
from backend.learning.mesh_encoder import file
from backend.learning.mesh_encoder.diffusion import OperatorTensors
from backend.learning.mesh_encoder.encoder import MeshEncoder
from backend.learning.mesh_encoder.file import save_mesh_encoder
from backend.mesh.clean_mesh import clean_mesh
from backend.mesh.operators import surface_operators
from backend.mesh_encoder.inference import load_trained_encoder, single
from backend.mesh_encoder.labels import EYEBALL, SKIN, label_of_parts
from backend.mesh_encoder.placing import UNIT, blind_placement
from backend.mesh_encoder.weights import VERSION, EncoderShape, read_weights
from backend.morphable_model import load_default


def encoded(encoder: MeshEncoder, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    mesh = clean_mesh(vertices, faces)
    operators = OperatorTensors.of(surface_operators(mesh, encoder.shape.eigenpairs))
    with torch.no_grad():
        found = encoder(
            torch.as_tensor(mesh.vertices).float(), torch.as_tensor(mesh.normals).float(), operators, placed=True
        )
    return found.canonical.numpy()[mesh.row_of]


def test_the_answer_does_not_depend_on_the_order_of_vertices() -> None:
    torch.manual_seed(0)
    encoder = MeshEncoder(EncoderShape(width=16, blocks=2, eigenpairs=16))
    ball = trimesh.creation.icosphere(subdivisions=3)
    vertices = np.array(ball.vertices) * [1, 1.3, 0.8]  # no two eigenvalues alike
    order = np.random.default_rng(0).permutation(len(vertices))
    first = encoded(encoder, vertices, np.array(ball.faces))
    second = encoded(encoder, vertices[order], np.argsort(order)[np.array(ball.faces)])
    assert second == pytest.approx(first[order], abs=2e-3)


def test_blind_placement_undoes_unit_and_place() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2, radius=250.0)
    scale, middle = blind_placement(clean_mesh(np.array(ball.vertices) + np.array([5, 6, 7]), np.array(ball.faces)))
    assert middle == pytest.approx([5, 6, 7]) and scale == pytest.approx(1 / 250, rel=0.02)


def test_parts_are_labelled() -> None:
    assert label_of_parts(("face_head", "eye_l", "anything")) == (SKIN, EYEBALL, SKIN)


def test_an_encoder_survives_the_disk_and_fits_only_its_model(tmp_path: Path) -> None:
    model = load_default()
    encoder = MeshEncoder(EncoderShape(width=16, blocks=1, eigenpairs=16))
    path = tmp_path / "e.safetensors"
    save_mesh_encoder(encoder, model, path, {"seed": 1}, {"skin_mm": 3.0})
    shape, again = read_weights(path, model)
    assert shape == encoder.shape
    assert again.keys() == encoder.state_dict().keys()
    for name, value in encoder.state_dict().items():
        np.testing.assert_array_equal(again[name], value.numpy())
    other = replace(model, polygons=model.polygons[::-1].copy())
    with pytest.raises(UserError, match="another head model"):
        read_weights(path, other)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="damaged"):
        read_weights(path, model)


def test_an_encoder_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, path = load_default(), tmp_path / "e.safetensors"
    monkeypatch.setattr(file, "VERSION", VERSION - 1)
    save_mesh_encoder(MeshEncoder(EncoderShape(width=16, blocks=1, eigenpairs=16)), model, path, {}, {})
    with pytest.raises(UserError, match="another version"):
        load_trained_encoder(path, model)


@pytest.mark.parametrize("placed", [True, False])
def test_without_torch_the_answer_is_the_same(tmp_path: Path, *, placed: bool) -> None:
    torch.manual_seed(3)
    model, encoder = load_default(), MeshEncoder(EncoderShape(width=16, blocks=3, eigenpairs=24)).eval()
    for parameter in encoder.parameters():  # biases and scales as well, which start at 0 and 1
        parameter.data += 0.3 * torch.randn_like(parameter)
    save_mesh_encoder(encoder, model, tmp_path / "e.safetensors", {}, {})
    trained = load_trained_encoder(tmp_path / "e.safetensors", model)
    ball = trimesh.creation.icosphere(subdivisions=3)
    mesh = clean_mesh(np.array(ball.vertices) * [1, 1.3, 0.8], np.array(ball.faces))
    operators = surface_operators(mesh, 24)
    with torch.no_grad():
        points, normals = (torch.as_tensor(array).float() for array in (mesh.vertices, mesh.normals))
        expected = encoder(points, normals, OperatorTensors.of(operators), placed=placed)
    found = trained(mesh.vertices, mesh.normals, single(operators), placed=placed)
    assert found.canonical == pytest.approx(UNIT * expected.canonical.double().numpy(), abs=1e-5)
    assert found.error == pytest.approx(UNIT * expected.log_error.exp().double().numpy(), rel=1e-4)
    assert found.chance == pytest.approx(torch.softmax(expected.logits, dim=1).double().numpy(), abs=1e-5)


def test_encoding_does_not_load_torch() -> None:
    script = (
        "import sys, backend.registration.face_encoder as f; f.default_face_encoder(); print('torch' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert told.stdout.strip() == "False"
