# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of GLB opens in the readers that engines and viewers are built on, and is the same rig there."""

import base64
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import assimp_py
import numpy as np
import pygltflib
import pytest
import trimesh

from backend.export.glb_writer import write_glb
from backend.rig import Corrective, Rig
from tests.export.accessors import read_accessor

KINDS = ("base head", "all sliders", "correctives", "own topology")


@pytest.fixture(params=KINDS)
def written(request: pytest.FixtureRequest, awkward_path: Path, head_rig: Rig, tiny_rig: Rig) -> tuple[Rig, Path]:
    """A rig whose sliders are all that the file should hold, and the file."""
    rig = {
        "base head": replace(
            head_rig, names=(), deltas=head_rig.deltas[:0], joint_names=(), joint_parents=(), joints=head_rig.joints[:0]
        ),
        "all sliders": head_rig,
        "correctives": replace(head_rig, names=head_rig.names[:6], deltas=head_rig.deltas[:6]),
        "own topology": tiny_rig,  # with UV seams and a slider that moves nothing
    }[request.param]
    path = awkward_path / "größe.glb"
    if request.param == "correctives":
        key = Corrective("both", rig.names[:2], head_rig.deltas[7])
        write_glb(replace(rig, correctives=(key,)), path, correctives=True)
        rig = replace(rig, names=(*rig.names, key.name), deltas=np.concatenate([rig.deltas, key.deltas[None]]))
    else:
        write_glb(rig, path)
    return rig, path


def _same(rig: Rig, rows: np.ndarray, vertices: np.ndarray, targets: np.ndarray | None = None) -> None:
    """Whether positions (n, 3) and targets (E, n, 3) are those of the rig's rows (n,)."""
    row = np.rint(rows).astype(int).ravel()
    assert np.array_equal(vertices, rig.vertices[row])
    if targets is not None:
        assert targets.shape == (len(rig.names), len(row), 3)
        assert np.abs(targets - rig.deltas[:, row]).max(initial=0) <= 1e-7


def test_three_js_finds_vertices_and_targets(written: tuple[Rig, Path], three: Path) -> None:
    rig, path = written
    node = shutil.which("node")
    assert node is not None
    command = [node, str(Path(__file__).with_name("read_with_three.mjs")), str(three), str(path)]
    meshes = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)

    def numbers(packed: str, width: int) -> np.ndarray:
        return np.frombuffer(base64.b64decode(packed), np.float32).reshape(-1, width)

    for mesh in meshes:
        vertices = numbers(mesh["vertices"], 3)
        targets = [numbers(target, 3) for target in mesh["targets"]]
        _same(rig, numbers(mesh["rows"], 1), vertices, np.array(targets).reshape(-1, *vertices.shape))
        assert mesh["names"] == list(rig.names)
        assert mesh["normals"] == len(rig.names)
        assert mesh["bones"] == len(rig.joint_names)
    assert sum(mesh["triangles"] for mesh in meshes) == len(rig.triangles)


def test_trimesh_finds_the_vertices(written: tuple[Rig, Path]) -> None:
    rig, path = written
    meshes = trimesh.load(path, process=False).geometry.values()
    for mesh in meshes:
        _same(rig, mesh.vertex_attributes["_VERTEX"], mesh.vertices.astype(np.float32))
        assert len(mesh.visual.uv) == len(mesh.vertices)
    assert sum(len(mesh.faces) for mesh in meshes) == len(rig.triangles)
    whole = trimesh.Trimesh(rig.vertices, rig.triangles, process=False)
    assert np.isclose(sum(mesh.area for mesh in meshes), whole.area, rtol=1e-5)


def _primitives(path: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Positions, targets and, in files of ours, the rig's row of each vertex, as pygltflib finds them."""
    document = pygltflib.GLTF2().load(path)
    found = []
    for primitive in (p for mesh in document.meshes for p in mesh.primitives):
        vertices = read_accessor(document, primitive.attributes.POSITION)
        targets = [read_accessor(document, target["POSITION"]) for target in primitive.targets]
        own = getattr(primitive.attributes, "_VERTEX", None)
        rows = None if own is None else read_accessor(document, own)
        found.append((vertices, np.array(targets).reshape(-1, *vertices.shape), rows))
    return found


def test_assimp_finds_the_vertices(written: tuple[Rig, Path]) -> None:
    rig, path = written
    meshes = assimp_py.import_file(str(path), 0).meshes
    for mesh, (vertices, targets, rows) in zip(meshes, _primitives(path), strict=True):
        assert rows is not None
        _same(rig, rows, vertices, targets)
        assert np.array_equal(np.sort(np.reshape(mesh.vertices, (-1, 3)), axis=0), np.sort(vertices, axis=0))
    assert sum(mesh.num_faces for mesh in meshes) == len(rig.triangles)


def test_assimp_finds_the_targets(written: tuple[Rig, Path], tmp_path: Path) -> None:
    """Its Python package shows none, so its own program writes what it has read."""
    assimp = shutil.which("assimp")
    if assimp is None:
        pytest.skip("Assimp's program is not there (Debian's package assimp-utils)")
    rig, path = written
    again = tmp_path / "again.glb"
    subprocess.run([assimp, "export", str(path), str(again), "-fglb2"], capture_output=True, check=True, timeout=60)
    for (vertices, targets, rows), (same, found, _) in zip(_primitives(path), _primitives(again), strict=True):
        assert rows is not None
        _same(rig, rows, vertices, targets)
        assert np.array_equal(same, vertices)
        assert found.shape == targets.shape
        assert np.abs(found - targets).max(initial=0) <= 1e-7
