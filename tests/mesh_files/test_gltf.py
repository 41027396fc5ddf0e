# SPDX-License-Identifier: GPL-3.0-or-later
"""glTF files show the same surface here as in viewers, whatever their exporter packed them as."""

import base64
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import assimp_py
import DracoPy
import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from backend.errors import UserError
from backend.mesh_files.glb_container import Packer
from backend.mesh_files.gltf_materials import packed_materials
from backend.mesh_files.mesh import Mesh as FileMesh
from backend.mesh_files.mesh_file import read_mesh
from tests.mesh_files.gltf_maker import Maker, volume
from tests.shapes import Mesh

Refuses = Callable[..., UserError]
MIRROR = {"scale": [-1.0, 1.0, 1.0], "translation": [0.2, 0.0, 0.0]}


def _as_strip(triangles: np.ndarray) -> list[int]:
    """One strip over all triangles, joined by ones without area."""
    strip: list[int] = []
    for a, b, c in triangles.tolist():
        strip += [strip[-1], a] if strip else []
        strip += [a] if len(strip) % 2 else []
        strip += [a, b, c]
    return strip


def _triangles(mesh: FileMesh) -> set[tuple[int, ...]]:
    """Each triangle from its smallest corner on, so that only its winding matters."""
    return {tuple(np.roll(row[:3], -int(np.argmin(row[:3]))).tolist()) for row in mesh.polygons}


def _assimp_points(path: Path) -> np.ndarray:
    flags = assimp_py.Process_PreTransformVertices | assimp_py.Process_JoinIdenticalVertices
    scene = assimp_py.import_file(str(path), flags)
    return np.concatenate([np.asarray(mesh.vertices, np.float64).reshape(-1, 3) for mesh in scene.meshes])


def test_strips_and_fans_are_the_triangles_they_stand_for(tmp_path: Path, ball: Mesh) -> None:
    maker = Maker()
    strip = maker.mesh(ball.vertices, np.array(_as_strip(ball.triangles)), 5)
    path = maker.glb(tmp_path / "strip.glb", maker.document([strip], [{"mesh": 0}]))
    mesh = read_mesh(path)
    plain = Maker()
    listed = plain.mesh(ball.vertices, ball.triangles)
    whole = read_mesh(plain.glb(tmp_path / "list.glb", plain.document([listed], [{"mesh": 0}])))
    assert _triangles(mesh) == _triangles(whole)
    assert len(mesh.polygons) == len(ball.triangles)
    angles = np.linspace(0, 1.5, 9)
    maker = Maker()
    fan = maker.mesh(np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1), None, 6)
    mesh = read_mesh(maker.glb(tmp_path / "fan.glb", maker.document([fan], [{"mesh": 0}])))
    assert len(mesh.polygons) == 7
    a, b, c = mesh.vertices[mesh.polygons[:, :3]].transpose(1, 0, 2)
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_nodes_agree_with_assimp_and_mirrored_ones_face_outward(tmp_path: Path, ball: Mesh) -> None:
    maker = Maker()
    made = maker.mesh(ball.vertices, ball.triangles)
    turn = Rotation.from_euler("xyz", [10, 20, 30], degrees=True).as_quat().tolist()
    nodes = [
        {"mesh": 0},
        {"mesh": 0, **MIRROR},
        {"children": [3], "rotation": turn, "scale": [2, 2, 2]},
        {"mesh": 0, **MIRROR},
    ]
    path = maker.glb(tmp_path / "nodes.glb", maker.document([made], nodes))
    mesh = read_mesh(path)
    assert len(mesh.vertices) == 3 * len(ball.vertices)
    points = _assimp_points(path)
    assert np.allclose(
        points[np.lexsort(points.T.round(5))], mesh.vertices[np.lexsort(mesh.vertices.T.round(5))], atol=1e-5
    )
    # Assimp leaves mirrored triangles wound inward; viewers do not.
    assert volume(mesh.vertices, mesh.polygons) == pytest.approx(10 * volume(ball.vertices, ball.triangles), rel=1e-5)


def _skinned(maker: Maker, ball: Mesh, nodes: list[dict[str, object]], bind: np.ndarray) -> dict[str, object]:
    weight = np.clip(0.5 + ball.vertices[:, 1] / 0.06, 0, 1)
    weights = np.stack([1 - weight, weight, 0 * weight, 0 * weight], axis=1)
    joints = np.tile(np.array([0, 1, 0, 0], np.uint8), (len(weights), 1))
    made = maker.mesh(ball.vertices, ball.triangles, JOINTS_0=joints, WEIGHTS_0=weights.astype("<f4"))
    inverse = maker.array(np.linalg.inv(bind).transpose(0, 2, 1).reshape(2, 16).astype("<f4"))
    return maker.document([made], nodes, skins=[{"joints": [1, 2], "inverseBindMatrices": inverse}])


def test_a_skin_poses_its_mesh_as_joints_and_weights_say(tmp_path: Path, ball: Mesh) -> None:
    turn = Rotation.from_euler("x", 40, degrees=True)
    nodes = [
        {"mesh": 0, "skin": 0, "translation": [9.0, 9.0, 9.0]},  # does not count for a skinned mesh
        {"children": [2], "translation": [0.0, -0.02, 0.01]},
        {"translation": [0.0, 0.03, 0.0], "rotation": turn.as_quat().tolist()},
    ]
    bind = np.tile(np.eye(4), (2, 1, 1))
    bind[0, :3, 3] = [0, -0.02, 0.01]
    bind[1, :3, 3] = [0, 0.01, 0.01]
    maker = Maker()
    mesh = read_mesh(maker.glb(tmp_path / "posed.glb", _skinned(maker, ball, nodes, bind)))
    weight = np.clip(0.5 + ball.vertices[:, 1] / 0.06, 0, 1)[:, None]
    turned = turn.apply(ball.vertices - bind[1, :3, 3]) + bind[1, :3, 3]
    assert np.allclose(mesh.vertices, (1 - weight) * ball.vertices + weight * turned, atol=1e-7)
    assert "pose" in mesh.notes[0]
    nodes[2].pop("rotation")
    maker = Maker()
    mesh = read_mesh(maker.glb(tmp_path / "rest.glb", _skinned(maker, ball, nodes, bind)))
    assert np.array_equal(mesh.vertices, ball.vertices.astype(np.float32)), "in its bind pose to the bit"
    assert not mesh.notes


def test_morph_targets_stand_at_their_default_weights(tmp_path: Path, ball: Mesh) -> None:
    maker = Maker()
    made = maker.mesh(ball.vertices, ball.triangles)
    offset = np.random.default_rng(0).normal(0, 0.01, (2, *ball.vertices.shape)).astype("<f4")
    made["primitives"][0]["targets"] = [{"POSITION": maker.array(item)} for item in offset]
    document = maker.document([made], [{"mesh": 0}])
    mesh = read_mesh(maker.glb(tmp_path / "rest.glb", document))
    assert np.array_equal(mesh.vertices, ball.vertices.astype(np.float32))
    assert "shape keys" in mesh.notes[0]
    made["weights"] = [0.0, 0.5]
    mesh = read_mesh(maker.glb(tmp_path / "half.glb", document))
    assert np.allclose(mesh.vertices, ball.vertices + 0.5 * offset[1], atol=1e-7)


def test_quantised_sparse_and_normalised_accessors_hold_the_same_surface(tmp_path: Path, ball: Mesh) -> None:
    maker = Maker()
    size = float(np.abs(ball.vertices).max())
    made = maker.mesh(ball.vertices, ball.triangles)
    short = np.zeros((len(ball.vertices), 4), "<i2")  # rows of eight bytes, as the extension asks
    short[:, :3] = np.rint(ball.vertices / size * 32767)
    maker.accessors[0] |= {"componentType": 5122, "normalized": True}
    maker.accessors[0]["bufferView"] = maker.view(short.tobytes(), byteStride=8)
    uv = np.stack([np.arange(len(short)) * 100, 65535 - np.arange(len(short)) * 100], axis=1).astype("<u2")
    made["primitives"][0]["attributes"]["TEXCOORD_0"] = maker.array(uv, normalized=True)
    row = np.array([3, 7], "<u2")
    maker.accessors[0]["sparse"] = {
        "count": 2,
        "indices": {"bufferView": maker.view(row.tobytes()), "componentType": 5123},
        "values": {"bufferView": maker.view(np.ascontiguousarray(short[[7, 3], :3]).tobytes())},
    }
    document = maker.document([made], [{"mesh": 0, "scale": [size] * 3}], extensionsRequired=["KHR_mesh_quantization"])
    mesh = read_mesh(maker.glb(tmp_path / "packed.glb", document))
    expected = ball.vertices.copy()
    expected[[3, 7]] = expected[[7, 3]]
    assert np.abs(mesh.vertices - expected).max() < size / 32767
    assert mesh.uv is not None
    assert np.allclose(mesh.uv, np.stack([uv[:, 0], 65535 - uv[:, 1]], axis=1) / 65535, atol=1e-6)


def test_draco_is_unpacked(tmp_path: Path, ball: Mesh, refuses: Refuses) -> None:
    maker = Maker()
    uv = np.ascontiguousarray(ball.vertices[:, :2]) * 10
    packed = DracoPy.encode(ball.vertices, ball.triangles.astype(np.uint32), quantization_bits=16, tex_coord=uv)
    numbers = {item["attribute_type"]: item["unique_id"] for item in DracoPy.decode(packed).attributes}
    extension = {"bufferView": maker.view(packed), "attributes": {"POSITION": numbers[0], "TEXCOORD_0": numbers[3]}}
    count = len(DracoPy.decode(packed).points)
    accessors = [
        {"componentType": 5126, "count": count, "type": "VEC3"},
        {"componentType": 5126, "count": count, "type": "VEC2"},
        {"componentType": 5125, "count": 3 * len(ball.triangles), "type": "SCALAR"},
    ]
    primitive = {
        "attributes": {"POSITION": 0, "TEXCOORD_0": 1},
        "indices": 2,
        "extensions": {"KHR_draco_mesh_compression": extension},
    }
    document = maker.document([{"primitives": [primitive]}], [{"mesh": 0}], accessors=accessors)
    document["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    mesh = read_mesh(maker.glb(tmp_path / "draco.glb", document))
    assert len(mesh.vertices) == len(ball.vertices)
    assert volume(mesh.vertices, mesh.polygons) == pytest.approx(volume(ball.vertices, ball.triangles), rel=1e-3)
    assert mesh.uv is not None and mesh.uv_polygons is not None
    corner, corner_uv = mesh.polygons[:, 0], mesh.uv_polygons[:, 0]
    assert np.allclose(mesh.uv[corner_uv, 0], 10 * mesh.vertices[corner, 0], atol=1e-3)
    whole = maker.data
    for spoiled in (whole[:40], whole[:11] + b"\xff" * 8 + whole[19:]):
        maker.data = spoiled + b"\0" * (len(whole) - len(spoiled))
        with pytest.raises(UserError):
            read_mesh(maker.glb(tmp_path / "spoiled.glb", document))
    huge = b"DRACO\2\2\1\1\0\0\0" + b"\xff\xff\xff\xff\x0f" * 2
    maker.data = huge + whole[len(huge) :]
    refuses("too-large", read_mesh, maker.glb(tmp_path / "huge.glb", document))


def test_meshopt_is_refused_by_name_unless_there_is_a_copy_without(
    tmp_path: Path, ball: Mesh, refuses: Refuses
) -> None:
    maker = Maker()
    document = maker.document([maker.mesh(ball.vertices, ball.triangles)], [{"mesh": 0}])
    document["extensionsUsed"] = ["EXT_meshopt_compression"]
    for view in document["bufferViews"]:
        view["extensions"] = {
            "EXT_meshopt_compression": {"buffer": 0, "count": 1, "byteStride": 4, "mode": "ATTRIBUTES"}
        }
    assert len(read_mesh(maker.glb(tmp_path / "both.glb", document)).vertices) == len(ball.vertices)
    document["buffers"].append({"byteLength": 10**6, "extensions": {"EXT_meshopt_compression": {"fallback": True}}})
    for view in document["bufferViews"]:
        view["buffer"] = 1
    error = refuses("format", read_mesh, maker.glb(tmp_path / "packed.glb", document))
    assert "EXT_meshopt_compression" in error.message
    assert "compression switched off" in error.remedy


def test_text_gltf_reads_what_lies_beside_it_and_nothing_else(awkward_path: Path, ball: Mesh, refuses: Refuses) -> None:
    maker = Maker()
    document = maker.document([maker.mesh(ball.vertices, ball.triangles)], [{"mesh": 0}])
    folder = awkward_path / "inside"
    folder.mkdir()
    path = folder / "head.gltf"
    (folder / "größe 1.bin").write_bytes(maker.data)
    (awkward_path / "outside.bin").write_bytes(maker.data)

    def read(uri: str) -> FileMesh:
        document["buffers"][0]["uri"] = uri
        path.write_text(json.dumps(document), encoding="utf-8")
        return read_mesh(path)

    inline = "data:application/octet-stream;base64," + base64.b64encode(maker.data).decode()
    for uri in (inline, "größe 1.bin", "gr%C3%B6%C3%9Fe%201.bin", "./größe%201.bin"):
        assert np.array_equal(read(uri).vertices, ball.vertices.astype(np.float32))
    link = folder / "link.bin"
    try:
        link.symlink_to(awkward_path / "outside.bin")
    except OSError:
        link = path  # a machine without links
    outside = awkward_path / "outside.bin"
    for uri in ("../outside.bin", "%2e%2e/outside.bin", str(outside), outside.as_uri(), "link.bin", "http://a/b.bin"):
        if uri != "link.bin" or link != path:
            refuses("missing", read, uri)
    with pytest.raises(UserError):
        read("data:application/octet-stream;base64,!!!!")


def test_many_nodes_of_one_large_mesh_take_no_memory(tmp_path: Path, ball: Mesh, refuses: Refuses) -> None:
    maker = Maker()
    made = maker.mesh(ball.vertices, ball.triangles)
    for meshes, nodes in ((made, 17_000), ({"primitives": made["primitives"] * 17_000}, 1)):
        document = maker.document([meshes], [{"mesh": 0}] * nodes)
        refuses("too-large", read_mesh, maker.glb(tmp_path / "many.glb", document))


def test_unknown_required_extensions_are_named(tmp_path: Path, ball: Mesh, refuses: Refuses) -> None:
    maker = Maker()
    document = maker.document([maker.mesh(ball.vertices, ball.triangles)], [{"mesh": 0}])
    document["extensionsRequired"] = ["KHR_materials_unlit", "EXT_mesh_gpu_instancing"]
    assert "EXT_mesh_gpu_instancing" in refuses("format", read_mesh, maker.glb(tmp_path / "x.glb", document)).message


def test_materials_come_with_their_pictures_and_go_back_into_a_glb(tmp_path: Path, ball: Mesh) -> None:
    stream = BytesIO()
    Image.new("RGB", (2, 2), (200, 10, 30)).save(stream, "PNG")
    picture = stream.getvalue()
    maker = Maker()
    first = maker.mesh(ball.vertices, ball.triangles, TEXCOORD_0=ball.vertices[:, :2].astype("<f4"), material=1)
    second = maker.mesh(ball.vertices + 1, ball.triangles, material=0)
    eye = {"name": "eye", "pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.25, 0.0, 1.0]}, "doubleSided": True}
    skin = {
        "name": "skin",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "roughnessFactor": 0.5},
        "normalTexture": {"index": 0, "texCoord": 1},
        "extensions": {"KHR_materials_specular": {"specularFactor": 0.2}, "VENDOR_private": {"node": 3}},
    }
    document = maker.document(
        [{"primitives": [*first["primitives"], *second["primitives"]]}],
        [{"mesh": 0}],
        materials=[eye, skin],
        images=[{"mimeType": "image/png", "bufferView": maker.view(picture)}],
        samplers=[{"wrapS": 33071}],
        textures=[{"source": 0, "sampler": 0}],
    )
    mesh = read_mesh(maker.glb(tmp_path / "painted.glb", document))
    assert mesh.face_material is not None
    assert np.array_equal(mesh.face_material, np.repeat([1, 0], len(ball.triangles)))
    names = [material.name for material in mesh.materials]
    assert names == ["eye", "skin"]
    assert mesh.materials[1].pictures[0].data == picture
    assert "normalTexture" not in mesh.materials[1].definition, "its UVs are not kept"
    assert "skin" in mesh.notes[0]
    assert mesh.uv is not None and mesh.uv_polygons is not None
    assert (mesh.uv[mesh.uv_polygons[len(ball.triangles) :, :3]] == 0).all(), "the ball without UVs"

    packer = Packer()
    lists = packed_materials(mesh.materials, packer)
    assert lists["extensionsUsed"] == ["KHR_materials_specular"]
    maker = Maker()
    made = [maker.mesh(ball.vertices, ball.triangles, material=number) for number in (0, 1)]
    view = maker.view(packer.binary)
    lists["images"][0]["bufferView"] = view
    again = read_mesh(maker.glb(tmp_path / "again.glb", maker.document(made, [{"mesh": 0}, {"mesh": 1}], **lists)))
    assert [(m.name, m.definition) for m in again.materials] == [(m.name, m.definition) for m in mesh.materials]
    assert again.materials[1].pictures[0].data[: len(picture)] == picture
    assert again.materials[1].pictures[0].sampler == {"wrapS": 33071}
