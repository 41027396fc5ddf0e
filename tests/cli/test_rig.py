# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt rig``, and the two ways out of a wrong binding that all commands have."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import igl
import numpy as np
import pytest

from backend.export.rig_npz import read_rig_npz
from backend.mesh.similarity import Similarity
from backend.mesh_files.glb_container import split_glb
from backend.mesh_files.mesh_file import read_mesh
from backend.mesh_files.obj import write_obj
from backend.morphable_model import load_default
from backend.registration import bind
from backend.registration.known import Known
from backend.rig import ARKIT_NAMES

from .conftest import GOBLIN, Told

Call = Callable[..., Told]
TO_FILE = Similarity(100.0, np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]), np.array([4.0, -30, 165]))
"""Metres, +Y up, into centimetres, +Z up, as high as a person."""


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The skin of a person in triangles of its own, with UVs."""
    model = load_default()
    face = model.evaluate(model.sample_identity(np.random.default_rng(4), 1)[0])
    skin = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    used, triangles = np.unique(model.triangles[skin].astype(np.int64), return_inverse=True)
    reduced = igl.decimate(face[used], triangles.reshape(-1, 3), 3500)
    points, faces = TO_FILE(np.asarray(reduced[0])), np.asarray(reduced[1], np.int32)
    polygons = np.pad(faces, ((0, 0), (0, 1)), constant_values=-1)
    uv = (points[:, [0, 2]] / 200).astype(np.float32)
    path = tmp_path_factory.mktemp("Köpfe") / "game head.obj"
    write_obj(path, points, polygons, uv, polygons, name=path.stem)
    path.write_text(path.read_text("utf-8").replace("\nf ", "\nusemtl Farbe\nf ", 1), "utf-8")
    return path


@pytest.fixture(scope="module")
def marks(head: Path) -> Path:
    """A corner of the mouth that somebody wants farther out."""
    model = load_default()
    points = Known().binding_of(read_mesh(head)).landmarks(model)
    path = head.with_name("marks.json")
    path.write_text(json.dumps({"mouth_corner_left": list(points["mouth_corner_left"] + [0.6, 0, 0])}), "utf-8")
    return path


def test_a_head_of_any_topology_gets_its_rig_where_it_stands(head: Path, call: Call) -> None:
    glb, npz = head.with_name("rig.glb"), head.with_name("rig.npz")
    told = call("rig", head, "-o", glb, "-o", npz, "--json")
    assert told.code == 0, told.err
    found, mesh, rig = told.json, read_mesh(head), read_rig_npz(npz)
    assert rig.names == ARKIT_NAMES and rig.joint_names and found["correctives"]
    assert np.array_equal(rig.polygons, mesh.polygons)
    assert mesh.uv is not None and rig.uv is not None and np.allclose(rig.uv, mesh.uv)
    placed = mesh.vertices[:, [0, 2, 1]] * [0.01, 0.01, -0.01]  # what glTF makes of centimetres with +Z up
    assert np.abs(rig.vertices - placed).max() < 2e-6
    place = found["place"]
    assert (place["place"], place["unit"], place["up"]) == ("source", "centimetres", "+Z")
    from_source = np.array(place["from_source"])
    four = np.column_stack([mesh.vertices, np.ones(len(placed))])
    assert np.allclose((four @ from_source.T)[:, :3], placed, atol=1e-6)
    document = split_glb(glb, glb.read_bytes())[0]
    assert np.allclose(document["extras"]["from_source"], from_source.T.ravel())
    assert [material["name"] for material in document["materials"]] == ["Farbe"]
    assert rig.deltas[rig.names.index("jawOpen"), :, 1].min() < -0.01  # down


def test_landmarks_and_bindings_change_the_rig_alike(
    head: Path, marks: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved, bound, binding = (head.with_name(f"{name}.npz") for name in ("moved", "bound", "binding"))
    assert call("bind", head, "--landmarks", marks, "-o", binding).code == 0
    monkeypatch.setattr(bind, "bind", lambda *_, **__: pytest.fail("it was bound anew"))
    assert call("rig", head, "--landmarks", marks, "-o", moved).code == 0
    told = call("rig", head, "--binding", binding, "--place", "model", "-o", bound, "--json")
    plain, mended, same = (read_rig_npz(path) for path in (head.with_name("rig.npz"), moved, bound))
    smile = plain.names.index("mouthSmileLeft")
    assert np.linalg.norm(plain.deltas[smile] - mended.deltas[smile], axis=1).max() > 0.001
    assert np.abs(plain.vertices - mended.vertices).max() < 2e-6  # the neutral is the artist's, always
    place = told.json["place"]
    assert place["place"] == "model" and np.linalg.norm(same.vertices.mean(0)) < 0.1 < mended.vertices[:, 1].min()
    motion = np.linalg.norm(mended.deltas, axis=2), np.linalg.norm(same.deltas, axis=2)
    assert np.abs(motion[0] - motion[1]).max() < 2e-6


def test_a_head_of_the_models_own_topology_needs_no_binding(tmp_path: Path, marks: Path, call: Call) -> None:
    base, path, glb = (tmp_path / f"base.{kind}" for kind in ("obj", "npz", "glb"))
    assert call("base", "--seed", 5, "-o", base).code == 0
    base.write_text(base.read_text("utf-8").replace("\nf ", "\nusemtl Farbe\nf ", 1), "utf-8")
    told = call("rig", base, "-o", path, "-o", glb, "--landmarks", marks, "--json")
    assert told.code == 0, told.err
    assert told.json["binding"] is None and "landmarks were not used" in told.json["conversions"][-1]
    model, rig = load_default(), read_rig_npz(path)
    assert np.array_equal(rig.face_part, model.face_part) and np.array_equal(rig.polygons, model.polygons)
    assert "Farbe" in [material["name"] for material in split_glb(glb, glb.read_bytes())[0]["materials"]]
    assert np.abs(rig.vertices - read_mesh(base).vertices).max() < 1e-6
    # The fitted person is the head itself, so that its expressions are the model's own but for contact.
    lean = [rig.names.index(name) for name in ("browInnerUp", "jawLeft", "cheekPuff", "noseSneerLeft")]
    size = float(np.ptp(rig.vertices[:, 1]) / np.ptp(model.template[:, 1]))
    near = np.linalg.norm(rig.deltas[lean] - size * model.expression_basis[lean], axis=2)
    assert np.quantile(near, 0.95) < 0.001


def test_what_cannot_go_together_is_said(head: Path, marks: Path, tmp_path: Path, call: Call) -> None:
    binding = head.with_name("binding.npz")
    calls: dict[str, tuple[Any, ...]] = {
        "exclude": ("rig", head, "--landmarks", marks, "--binding", binding, "-o", tmp_path / "x.glb"),
        "--identity": ("apply", GOBLIN.with_suffix(".style"), "--place", "source", "-o", tmp_path / "x.glb"),
        "one face": (
            *("apply", "X.style", "--identity", head, "--identity", marks, "--landmarks", marks),
            *("-o", tmp_path / "x.glb"),
        ),
    }
    for word, words in calls.items():
        told = call(*words, "--json")
        assert told.code == 2 and word in told.json["error"]["message"], told.out
    other = tmp_path / "other.obj"
    mesh = read_mesh(head)
    write_obj(other, mesh.vertices * 1.01, mesh.polygons)
    if binding.exists():
        told = call("rig", other, "--binding", binding, "-o", tmp_path / "x.glb", "--json")
        assert told.code == 1 and told.json["error"]["code"] == "binding"
