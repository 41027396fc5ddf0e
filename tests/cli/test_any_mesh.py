# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt encode``, ``bind`` and ``train-encoder``, on a head of another topology."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import igl
import numpy as np
import pytest
from safetensors import safe_open

from backend.cli import main
from backend.learning.mesh_encoder import validation
from backend.mesh_files.mesh_file import read_mesh
from backend.mesh_files.obj import write_obj
from backend.morphable_model import load_default
from backend.registration.file import load_binding
from backend.registration.landmarks import LANDMARK_NAMES, landmark_vertices


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The skin of a laughing person, decimated, in inches, lying on its back."""
    model = load_default()
    sliders = np.zeros(len(model.expression_names))
    for side in ("Left", "Right"):
        sliders[model.expression_names.index(f"mouthSmile{side}")] = 0.8
    face = model.evaluate(model.sample_identity(np.random.default_rng(8), 1)[0], sliders)
    skin = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    used = np.unique(model.triangles[skin])
    row = np.full(len(face), -1)
    row[used] = np.arange(len(used))
    reduced = igl.decimate(face[used], row[model.triangles[skin]].astype(np.int64), 4000)
    points = np.asarray(reduced[0]) / 0.0254 @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    faces = np.asarray(reduced[1], np.int32)
    polygons = np.concatenate([faces, np.full((len(faces), 1), -1, np.int32)], axis=1)
    path = tmp_path_factory.mktemp("Köpfe") / "laughing head.obj"
    write_obj(path, points, polygons, None, None, name=path.stem)
    return path


def test_encode_tells_who_it_is_and_what_it_does(head: Path, call: Callable[..., Any]) -> None:
    model = load_default()
    fitted = head.with_name("fitted.obj")
    told = call("encode", head, "-o", fitted, "--json")
    assert told.code == 0, told.err
    found = told.json
    assert len(found["z_id"]) == len(model.identity_basis) and len(found["z_exp"]) == 52
    assert set(found["expressions"]) == set(model.expression_names)
    assert 0.4 < found["expressions"]["mouthSmileLeft"] <= 1
    assert max(v for name, v in found["expressions"].items() if "mouth" not in name and "cheek" not in name) < 0.3
    assert 0 < found["residual_mm"] < 1 and found["scale"] == pytest.approx(0.0254, rel=0.1)
    assert len(read_mesh(fitted).vertices) == len(model.template)


def test_bind_tells_how_near_and_its_landmarks_can_be_given_back(head: Path, call: Callable[..., Any]) -> None:
    binding, marks = head.with_name("head.npz"), head.with_name("marks.json")
    told = call("bind", head, "-o", binding, "-o", marks, "--json")
    assert told.code == 0, told.err
    found = told.json
    assert 0 < found["mean_mm"] < 0.3 and found["mean_mm"] < found["p95_mm"] < found["max_mm"]
    assert found["placed"] == [] and set(found["landmarks"]) == set(LANDMARK_NAMES)
    assert json.loads(marks.read_text("utf-8")) == found["landmarks"]
    assert load_binding(binding, load_default()).residual["mean_mm"] == pytest.approx(found["mean_mm"], abs=1e-4)

    outwards = np.array([0.005 / 0.0254, 0, 0])  # 5 mm
    asked = np.array(found["landmarks"]["mouth_corner_left"]) + outwards
    marks.write_text(json.dumps({"mouth_corner_left": asked.tolist()}), "utf-8")
    mended = head.with_name("mended.npz")
    again = call("bind", head, "--landmarks", marks, "-o", mended, "--json")
    assert again.code == 0, again.err
    assert again.json["placed"] == ["mouth_corner_left"]
    before, after = (_misses(path, "mouth_corner_left", asked) for path in (binding, mended))
    assert 0.004 < before < 0.009 and after < 0.001
    kept = np.array(found["landmarks"]["mouth_corner_right"])
    others = [_misses(path, "mouth_corner_right", kept) for path in (binding, mended)]
    assert others[1] < others[0] + 0.002  # the other corner stays where it was


def _misses(path: Path, name: str, place: np.ndarray) -> float:
    """How far the template's landmark in a binding's file is from a place in the mesh's own coordinates, metres."""
    model = load_default()
    binding = load_binding(path, model)
    return float(np.linalg.norm(binding.registered[landmark_vertices(model)[name]] - binding.to_model(place)))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[]", "holds no landmarks"),
        ("{", "holds no landmarks"),
        ('{"nostril": [1, 2, 3]}', "nostril"),
        ('{"chin": 1}', "chin"),
    ],
)
def test_what_are_no_landmarks_is_said(
    head: Path, tmp_path: Path, call: Callable[..., Any], text: str, word: str
) -> None:
    path = tmp_path / "marks.json"
    path.write_text(text, "utf-8")
    told = call("bind", head, "--landmarks", path, "--json")
    assert told.code == 1
    assert told.json["error"]["code"] == "landmarks" and word in told.json["error"]["message"]
    assert told.json["error"]["remedy"]


@pytest.mark.parametrize("command", ["encode", "bind"])
def test_what_is_no_head_is_said(command: str, head: Path, tmp_path: Path, call: Callable[..., Any]) -> None:
    points = tmp_path / "points.obj"
    points.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n", "utf-8")
    for path in (points, tmp_path / "nothing.obj"):
        told = call(command, path, "--json")
        assert told.code == 1 and path.stem in told.json["error"]["message"]
    kind = call(command, head, "-o", tmp_path / "x.fbx", "--json")
    assert kind.code == 1 and kind.json["error"]["code"] == "output"


def test_train_encoder_writes_how_it_was_made(
    tmp_path: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "validation_error", partial(validation.validation_error, meshes=1))
    path = tmp_path / "encoder.safetensors"
    told = call("train-encoder", "--steps", 1, "-o", path, "--json")
    assert told.code == 0, told.err
    kinds = {"skin_mm", "turned_mm", "stylised_mm", "stylised_turned_mm"}  # one mesh is of one kind
    assert "label" in told.json["error"] and set(told.json["error"]) - {"label"} < kinds
    with safe_open(path, "pt") as stream:
        header = json.loads(stream.metadata()["onesculpt"])
    assert header["training"]["command"] == "onesculpt train-encoder --steps 1"
    assert header["training"]["seed"] == 7 and header["error"] == told.json["error"]
    assert not list(tmp_path.glob("*.checkpoint"))


@pytest.mark.parametrize("command", ["encode", "bind", "train-encoder"])
def test_the_commands_have_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"onesculpt {command} " in capsys.readouterr().out.replace("Usage: onesculpt", "")
