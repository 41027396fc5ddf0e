# SPDX-License-Identifier: GPL-3.0-or-later
"""GLB files: faultless for Khronos' validator, and the same rig again in the eyes of other readers."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pygltflib
import pytest
import trimesh

from backend.export.eye_texture import eye_png, eye_uv
from backend.export.glb_writer import write_glb
from backend.export.part_groups import GROUPS, group_of_part
from backend.mesh_files.mesh import Material, Picture
from backend.mesh_files.mesh_file import read_mesh
from backend.rig import ARKIT_NAMES, Corrective, Rig
from tests.export.accessors import read_accessor
from tests.rigs import only_parts

_VALIDATE = """
const fs = require("fs"), validator = require(process.argv[1]);
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2])), {maxIssues: 0})
  .then((report) => console.log(JSON.stringify(report.issues)));
"""


def _issues(validator: Path, path: Path) -> dict[str, object]:
    node = shutil.which("node")
    assert node is not None
    command = [node, "-e", _VALIDATE, str(validator), str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)


def _without(rig: Rig, what: str) -> Rig:
    return {
        "nothing": rig,
        "uv": replace(rig, uv=None, uv_polygons=None),
        "joints": replace(rig, joint_names=(), joint_parents=(), joints=np.empty((0, 3), np.float32)),
        "keys": replace(rig, names=(), deltas=rig.deltas[:0]),
    }[what]


@pytest.mark.parametrize("without", ["nothing", "uv", "joints", "keys"])
def test_khronos_validator_finds_nothing(gltf_validator: Path, awkward_path: Path, tiny_rig: Rig, without: str) -> None:
    path = awkward_path / "größe 1.glb"
    write_glb(_without(tiny_rig, without), path)
    issues = _issues(gltf_validator, path)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]


def test_khronos_validator_passes_the_head(gltf_validator: Path, tmp_path: Path, head_rig: Rig) -> None:
    write_glb(head_rig, tmp_path / "head.glb")
    issues = _issues(gltf_validator, tmp_path / "head.glb")
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
    kinds = {message["code"] for message in issues["messages"]}
    assert kinds <= {"UNUSED_OBJECT"}, "UVs wait for the artist's textures; nothing else is left over"


def test_khronos_validator_passes_eyes_of_a_head_without_uvs(
    gltf_validator: Path, tmp_path: Path, head_rig: Rig
) -> None:
    path = tmp_path / "eyes.glb"
    write_glb(replace(only_parts(head_rig, ("eye_l", "eye_r", "tongue")), uv=None, uv_polygons=None), path)
    issues = _issues(gltf_validator, path)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
    assert set(_uv_sets(path)) == {"TEXCOORD_0"}


def _uv_sets(path: Path) -> list[str]:
    """Names of the sets of UVs of all primitives."""
    primitives = pygltflib.GLTF2().load(path).meshes[0].primitives
    names = [name for one in primitives for name, value in one.attributes.__dict__.items() if value is not None]
    return [name for name in names if name.startswith("TEXCOORD")]


def test_the_validator_would_notice(gltf_validator: Path, tmp_path: Path, tiny_rig: Rig) -> None:
    path = tmp_path / "x.glb"
    write_glb(tiny_rig, path)
    data = path.read_bytes().replace(b'"count":', b'"cuont":', 1)
    path.write_bytes(data)
    assert _issues(gltf_validator, path)["numErrors"]


def _check_contents(rig: Rig, path: Path) -> None:
    document = pygltflib.GLTF2().load(path)
    mesh = document.meshes[0]
    assert tuple(mesh.extras["targetNames"]) == rig.names
    seen = np.zeros(len(rig.vertices), bool)
    triangles = 0
    for primitive in mesh.primitives:
        row = read_accessor(document, primitive.attributes.__dict__["_VERTEX"])[:, 0].astype(int)
        seen[row] = True
        assert np.array_equal(read_accessor(document, primitive.attributes.POSITION), rig.vertices[row])
        source = read_accessor(document, primitive.attributes.__dict__["_SOURCE_VERTEX"])[:, 0]
        assert np.array_equal(source, rig.source_vertex[row])
        normals = read_accessor(document, primitive.attributes.NORMAL)
        assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
        triangles += len(read_accessor(document, primitive.indices)) // 3
        assert len(primitive.targets) == len(rig.names)
        for target, delta in zip(primitive.targets, rig.deltas, strict=True):
            stored = read_accessor(document, target["POSITION"])
            assert np.abs(stored - delta[row]).max() <= 1e-7
        weights = read_accessor(document, primitive.attributes.WEIGHTS_0)
        joints = read_accessor(document, primitive.attributes.JOINTS_0)
        dense = np.zeros((len(row), len(rig.joint_names)))
        np.add.at(dense, (np.arange(len(row))[:, None], joints), weights)
        assert np.allclose(dense.sum(axis=1), 1, atol=1e-6)
        wanted = np.sort(rig.skin_weights[row], axis=1)[:, -4:]
        assert np.allclose(np.sort(dense, axis=1)[:, -4:], wanted / wanted.sum(axis=1, keepdims=True), atol=1e-3)
    used = np.unique(rig.polygons)
    assert np.array_equal(np.flatnonzero(seen), used[used >= 0])
    assert triangles == len(rig.triangles)


def test_pygltflib_reads_the_same_rig(tmp_path: Path, tiny_rig: Rig, head_rig: Rig) -> None:
    for rig in (tiny_rig, head_rig):
        write_glb(rig, tmp_path / "x.glb")
        _check_contents(rig, tmp_path / "x.glb")


def test_normals_and_their_targets_agree_with_trimesh(tmp_path: Path, head_rig: Rig) -> None:
    """Area-weighted smooth normals, and their change under a shape key, against an independent mesh library."""
    write_glb(head_rig, tmp_path / "x.glb")
    document = pygltflib.GLTF2().load(tmp_path / "x.glb")
    key = ARKIT_NAMES.index("jawOpen")
    primitive = document.meshes[0].primitives[0]
    row = read_accessor(document, primitive.attributes.__dict__["_VERTEX"])[:, 0].astype(int)
    stored = read_accessor(document, primitive.attributes.NORMAL)
    change = read_accessor(document, primitive.targets[key]["NORMAL"])
    for vertices, normals in ((head_rig.vertices, stored), (head_rig.vertices + head_rig.deltas[key], stored + change)):
        # Cutting quads along the same diagonal as the writer; weights by area, as trimesh offers them.
        mesh = trimesh.Trimesh(vertices, head_rig.triangles, process=False)
        sums = np.zeros_like(vertices, dtype=float)
        np.add.at(sums, mesh.faces, np.repeat((mesh.face_normals * mesh.area_faces[:, None])[:, None], 3, axis=1))
        expected = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-30)
        cosine = (expected[row] * normals).sum(axis=1)
        assert np.percentile(cosine, 1) > 0.9999
        assert cosine.min() > 0.99


def test_skeleton(tmp_path: Path, tiny_rig: Rig, head_rig: Rig) -> None:
    """Joints stand where the rig says, and the bind pose leaves the mesh as it is."""
    for rig in (tiny_rig, head_rig):
        write_glb(rig, tmp_path / "x.glb")
        document = pygltflib.GLTF2().load(tmp_path / "x.glb")
        world = {}

        def walk(node: int, origin: np.ndarray, document: pygltflib.GLTF2 = document, world: dict = world) -> None:
            world[node] = origin + np.array(document.nodes[node].translation or [0, 0, 0])
            for child in document.nodes[node].children or []:
                walk(child, world[node])

        for root in document.scenes[0].nodes:
            walk(root, np.zeros(3))
        skin = document.skins[0]
        names = tuple(document.nodes[j].name for j in skin.joints)
        assert names == rig.joint_names
        assert np.allclose([world[j] for j in skin.joints], rig.joints, atol=1e-6)
        bind = read_accessor(document, skin.inverseBindMatrices).reshape(-1, 4, 4)
        assert np.allclose(bind[:, 3, :3], -rig.joints)
        assert np.allclose(bind[:, :3, :3], np.eye(3))
        assert document.nodes[0].skin == 0
        assert document.nodes[0].name == rig.name


def test_parts_get_their_materials(tmp_path: Path, head_rig: Rig) -> None:
    write_glb(head_rig, tmp_path / "x.glb")
    document = pygltflib.GLTF2().load(tmp_path / "x.glb")
    names = [document.materials[p.material].name for p in document.meshes[0].primitives]
    # The default head has none of the sheets that game engines draw over an eyeball.
    assert names == [group.name for group in GROUPS if group.name != "sheets"]
    eyes = document.meshes[0].primitives[names.index("eyes")]
    uv = read_accessor(document, eyes.attributes.TEXCOORD_1)
    z = read_accessor(document, eyes.attributes.POSITION)[:, 2]
    centre = np.linalg.norm(uv - 0.5, axis=1)
    assert np.corrcoef(centre, z)[0, 1] < -0.9, "the picture's centre is at the front of the eye"
    assert group_of_part("eye_cavity") == group_of_part("face_head") == group_of_part("unheard_of") == 0
    assert GROUPS[group_of_part("eye_l")].name == "eyes"
    assert GROUPS[group_of_part("teeth_lower")].name == "teeth"


def test_eye_uv_is_right_way_round() -> None:
    """Up is up (V points down in glTF), the front is the centre, the equator the edge of the picture."""
    uv = eye_uv(np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, -1, 0]], float))
    assert np.allclose(uv, [[0.5, 0.5], [1, 0.5], [0.5, 0], [0.5, 1]], atol=1e-6)


def test_local_keys_cost_little(tmp_path: Path, head_rig: Rig) -> None:
    """Shape keys that move few vertices are stored as few numbers."""
    write_glb(head_rig, tmp_path / "x.glb")
    dense = 52 * 24 * len(head_rig.vertices)
    assert (tmp_path / "x.glb").stat().st_size < 0.5 * dense


def test_correctives_follow_the_sliders_on_wish(gltf_validator: Path, tmp_path: Path, tiny_rig: Rig) -> None:
    delta = np.zeros((7, 3), np.float32)
    delta[4] = [0, 0.25, 0]
    key = Corrective("corrective_one_many", ("one", "many"), delta)
    rig = replace(tiny_rig, correctives=(key,))
    meshes = []
    for wanted in (False, True):
        path = tmp_path / f"{wanted}.glb"
        write_glb(rig, path, correctives=wanted)
        issues = _issues(gltf_validator, path)
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
        meshes.append(pygltflib.GLTF2().load(path).meshes[0])
    assert meshes[0].extras == {"targetNames": list(tiny_rig.names)}
    assert meshes[1].extras["targetNames"] == [*tiny_rig.names, key.name]
    assert meshes[1].extras["correctives"] == [{"name": key.name, "inputs": ["one", "many"], "formula": "product"}]
    assert [len(mesh.primitives[0].targets) for mesh in meshes] == [3, 4]
    assert [len(mesh.weights) for mesh in meshes] == [3, 4]
    document = pygltflib.GLTF2().load(tmp_path / "True.glb")
    accessor = document.accessors[document.meshes[0].primitives[0].targets[3]["POSITION"]]
    assert np.allclose(accessor.max, [0, 0.25, 0])


def test_the_artists_materials_come_back_with_their_pictures(tmp_path: Path, tiny_rig: Rig) -> None:
    coat = Picture(eye_png(), "image/png", {"wrapS": 33071})
    paint = Material(
        "Lack", {"pbrMetallicRoughness": {"metallicFactor": 0.25, "baseColorTexture": {"index": 0}}}, (coat,)
    )
    unused = Material("unused", {"doubleSided": True})
    painted = replace(tiny_rig, materials=(unused, paint), face_material=np.array([-1, 1, -1], np.int32))
    write_glb(painted, tmp_path / "x.glb")
    mesh = read_mesh(tmp_path / "x.glb")
    assert [material.name for material in mesh.materials] == ["Lack", "skin", "teeth"]
    found = mesh.materials[0]
    assert found.definition == paint.definition
    assert [(picture.data, picture.sampler) for picture in found.pictures] == [(coat.data, coat.sampler)]
    assert mesh.face_material is not None
    of_row = {
        mesh.materials[number].name: set(polygon[polygon >= 0].tolist())
        for number in range(3)
        for polygon in [mesh.polygons[mesh.face_material == number].ravel()]
    }
    assert of_row["Lack"] == set(tiny_rig.polygons[1].tolist())
