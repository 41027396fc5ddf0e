# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes come back as they were written, in their own order, whoever wrote them."""

from dataclasses import replace
from pathlib import Path

import igl
import numpy as np
import pygltflib
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from backend.export.glb_writer import write_glb
from backend.export.rig_npz import write_rig_npz
from backend.mesh_files.mesh_file import read_mesh
from backend.mesh_files.obj import obj_groups, obj_positions, write_obj
from backend.morphable_model.model import MorphableModel
from backend.pairs.pair import Pair
from backend.rig import Rig
from tests.rigs import write_obj_text


def test_obj_keeps_order_quads_triangles_and_seams(awkward_path: Path, tiny_rig: Rig) -> None:
    path = awkward_path / "täst.obj"
    write_obj(
        path, tiny_rig.vertices, tiny_rig.polygons, tiny_rig.uv, tiny_rig.uv_polygons,
        face_part=tiny_rig.face_part, part_names=tiny_rig.part_names,
    )  # fmt: skip
    mesh = read_mesh(path)
    assert np.array_equal(mesh.vertices.astype(np.float32), tiny_rig.vertices)
    assert np.array_equal(mesh.polygons, tiny_rig.polygons)
    assert mesh.uv is not None
    assert tiny_rig.uv is not None
    assert np.array_equal(mesh.uv, tiny_rig.uv)
    assert np.array_equal(mesh.uv_polygons, tiny_rig.uv_polygons)


def test_obj_of_the_default_head_agrees_with_libigl(tmp_path: Path, head_rig: Rig) -> None:
    write_obj(tmp_path / "head.obj", head_rig.vertices, head_rig.polygons, name="two words")
    vertices, faces = igl.read_triangle_mesh(str(tmp_path / "head.obj"))[:2]
    assert np.array_equal(vertices.astype(np.float32), head_rig.vertices)
    mesh = read_mesh(tmp_path / "head.obj")
    assert np.array_equal(mesh.vertices, vertices)
    assert np.array_equal(mesh.polygons, head_rig.polygons)
    quads = {frozenset(quad) for quad in mesh.polygons.tolist()}
    halves = {frozenset(corners) for corners in faces.tolist()}
    assert len(halves) == 2 * len(quads)
    assert all(sum(frozenset(set(quad) - {corner}) in halves for corner in quad) == 2 for quad in quads)


def test_obj_dialects(tmp_path: Path) -> None:
    path = tmp_path / "dialect.obj"
    path.write_bytes(
        b"# comment\r\nmtllib x.mtl\r\no a\r\nv 0 0 0 0.5 0.5 0.5\r\nv 1 0 0 0.5 0.5 0.5\r\n"
        b"v 1 1 0 0.5 0.5 0.5\r\nv 0 1e0 0 1 1 1\r\nvt 0 0\r\nvt 1 0 0\r\nvt 1 1\r\ns off\r\n"
        b"f -4/-3 -3/-2 -2/-1\r\no b\r\nv 2 0 0 1 1 1\r\nv\t2 1 0 1 1 1\r\n"
        b"f 1/1/1 2/2/1 3/3/1 \\\r\n 4/1/1\r\nf 2 5 6 3 4\r\n"
    )
    mesh = read_mesh(path)
    assert np.array_equal(mesh.vertices[:, 0], [0, 1, 1, 0, 2, 2])
    assert mesh.polygons[:2].tolist() == [[0, 1, 2, -1], [0, 1, 2, 3]]
    assert mesh.polygon_of is not None
    assert mesh.polygon_of.tolist() == [0, 1, 2, 2, 2]
    assert mesh.uv is not None
    assert mesh.uv_polygons is not None
    assert mesh.uv[mesh.uv_polygons[1]].tolist() == [[0, 0], [1, 0], [1, 1], [0, 0]]
    assert (mesh.uv[mesh.uv_polygons[2:, :3]] == 0).all(), "a polygon without UVs beside those with"


def test_obj_agrees_with_trimesh(tmp_path: Path, bundled: Pair, model: MorphableModel) -> None:
    path = write_obj_text(tmp_path / "goblin.obj", bundled.styled, model.polygons)
    mesh = read_mesh(path)
    other = trimesh.load(path, process=False, maintain_order=True)
    assert isinstance(other, trimesh.Trimesh)
    assert np.array_equal(mesh.vertices, other.vertices)
    assert np.array_equal(mesh.vertices, bundled.styled)
    halves = np.concatenate([mesh.polygons[:, [0, 1, 2]], mesh.polygons[:, [2, 3, 0]]])
    assert {frozenset(corners) for corners in halves.tolist()} == {
        frozenset(corners) for corners in other.faces.tolist()
    }


def test_positions_and_groups_of_an_obj_alone(tmp_path: Path, tiny_rig: Rig) -> None:
    path = tmp_path / "a.obj"
    write_obj(path, tiny_rig.vertices, tiny_rig.polygons, face_part=tiny_rig.face_part, part_names=tiny_rig.part_names)
    data = path.read_bytes()
    assert np.array_equal(obj_positions(data).astype(np.float32), tiny_rig.vertices)
    assert obj_groups(data) == ["face_head", "face_head", "teeth_upper"]
    for broken in (b"o x\n", b"o x\nv 1 2\n", b"o x\nv 1 2 3\nf 1 1 1\nv 1 2 3\n"):
        with pytest.raises(ValueError, match=r"."):
            obj_positions(broken)


@pytest.mark.parametrize("encoding", ["ascii", "binary"])
def test_ply_that_trimesh_wrote(tmp_path: Path, model: MorphableModel, encoding: str) -> None:
    path = tmp_path / "head.ply"
    trimesh.Trimesh(model.template, model.triangles, process=False).export(path, encoding=encoding)
    mesh = read_mesh(path)
    assert np.allclose(mesh.vertices, model.template, atol=1e-7)
    assert np.array_equal(mesh.polygons[:, :3], model.triangles)
    assert (mesh.polygons[:, 3] == -1).all()


@pytest.mark.parametrize("order", ["<", ">"])
def test_binary_ply_with_mixed_polygons_uvs_and_more_elements(tmp_path: Path, tiny_rig: Rig, order: str) -> None:
    name = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    header = (
        f"ply\nformat {name} 1.0\ncomment made by hand\nelement vertex 7\nproperty float x\nproperty float y\n"
        "property float z\nproperty uchar red\nproperty float s\nproperty float t\nelement face 3\n"
        "property list uchar int vertex_indices\nproperty float quality\nelement edge 1\nproperty int v\nend_header\n"
    )
    body = b""
    for row, vertex in enumerate(tiny_rig.vertices):
        body += np.array(vertex, order + "f4").tobytes() + b"\x07" + np.array([row, -row], order + "f4").tobytes()
    for polygon in tiny_rig.polygons:
        ring = polygon[polygon >= 0]
        body += bytes([len(ring)]) + np.array(ring, order + "i4").tobytes() + np.array(0.5, order + "f4").tobytes()
    path = tmp_path / "mixed.ply"
    path.write_bytes(header.encode() + body + b"\0\0\0\1")
    mesh = read_mesh(path)
    assert np.array_equal(mesh.vertices, tiny_rig.vertices)
    assert np.array_equal(mesh.polygons, tiny_rig.polygons)
    assert mesh.uv is not None
    assert np.array_equal(mesh.uv[:, 0], np.arange(7))


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian"])
def test_polygons_of_every_size_in_ply(tmp_path: Path, form: str) -> None:
    rings = [[0, 1, 2], [0, 1, 2, 3, 4], [3, 2, 1, 0], [0, 1, 2, 3, 4, 5]]
    header = (
        f"ply\nformat {form} 1.0\nelement vertex 6\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {len(rings)}\nproperty list uchar ushort vertex_index\nend_header\n"
    )
    points = np.arange(18, dtype="<f4").reshape(6, 3)
    if form == "ascii":
        lines = [" ".join(map(str, row)) for row in [*points.tolist(), *([len(ring), *ring] for ring in rings)]]
        body = "\n".join(lines).encode() + b"\n"
    else:
        body = points.tobytes() + b"".join(bytes([len(r)]) + np.array(r, "<u2").tobytes() for r in rings)
    (tmp_path / "x.ply").write_bytes(header.encode() + body)
    mesh = read_mesh(tmp_path / "x.ply")
    assert np.array_equal(mesh.vertices, points)
    fan = [[0, i, i + 1, -1] for i in range(1, 5)]
    assert mesh.polygons.tolist() == [[0, 1, 2, -1], *fan[:3], [3, 2, 1, 0], *fan]


def test_quads_in_ply(tmp_path: Path, model: MorphableModel) -> None:
    header = (
        f"ply\nformat ascii 1.0\nelement vertex {len(model.template)}\nproperty double x\nproperty double y\n"
        f"property double z\nelement face {len(model.polygons)}\nproperty list uchar uint vertex_index\nend_header\n"
    )
    lines = [f"{x!r} {y!r} {z!r}" for x, y, z in model.template.astype(float).tolist()]
    lines += ["4 " + " ".join(map(str, q)) for q in model.polygons.tolist()]
    (tmp_path / "q.ply").write_text(header + "\n".join(lines) + "\n")
    mesh = read_mesh(tmp_path / "q.ply")
    assert np.array_equal(mesh.vertices, model.template)
    assert np.array_equal(mesh.polygons, model.polygons)


def test_glb_that_trimesh_wrote_with_a_node_transform(tmp_path: Path, model: MorphableModel) -> None:
    turn = trimesh.transformations.rotation_matrix(0.7, [1, 2, 3])
    turn[:3, 3] = [1, 2, 3]
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.Trimesh(model.template, model.triangles, process=False), transform=turn)
    (tmp_path / "head.glb").write_bytes(scene.export(file_type="glb"))
    mesh = read_mesh(tmp_path / "head.glb")
    expected = trimesh.transform_points(model.template, turn)
    assert np.allclose(mesh.vertices, expected, atol=1e-6)
    assert np.array_equal(mesh.polygons[:, :3], model.triangles)


def test_nodes_turn_size_and_move_what_hangs_on_them(tmp_path: Path, tiny_rig: Rig) -> None:
    path = tmp_path / "x.glb"
    write_glb(replace(tiny_rig, joint_names=(), joint_parents=(), joints=tiny_rig.joints[:0]), path)
    document = pygltflib.GLTF2().load(path)
    turn = Rotation.from_euler("xyz", [20, 50, -70], degrees=True)
    document.nodes[0].rotation = turn.as_quat().tolist()
    document.nodes[0].scale = [1.0, 2.0, 3.0]
    document.nodes.append(pygltflib.Node(children=[0], translation=[5.0, 6.0, 7.0], scale=[2.0, 2.0, 2.0]))
    document.scenes[0].nodes = [1]
    document.save(path)
    expected = 2 * turn.apply(tiny_rig.vertices * [1, 2, 3]) + [5, 6, 7]
    assert np.allclose(read_mesh(path).vertices, expected, atol=1e-6)


def test_our_glb_gives_back_the_rigs_rows(awkward_path: Path, head_rig: Rig) -> None:
    rng = np.random.default_rng(0)
    order = rng.permutation(len(head_rig.vertices))
    polygons = np.argsort(order)[head_rig.polygons].astype(np.int32)
    shuffled = replace(
        head_rig,
        vertices=head_rig.vertices[order],
        polygons=polygons,
        deltas=head_rig.deltas[:3, order],
        names=head_rig.names[:3],
        source_vertex=head_rig.source_vertex[order],
        skin_weights=head_rig.skin_weights[order],
    )
    write_glb(shuffled, awkward_path / "größe.glb")
    mesh = read_mesh(awkward_path / "größe.glb")
    assert np.array_equal(mesh.vertices.astype(np.float32), shuffled.vertices)
    assert np.array_equal(mesh.source_vertex, shuffled.source_vertex)


def test_rig_npz_is_a_mesh_too(tmp_path: Path, tiny_rig: Rig) -> None:
    write_rig_npz(tiny_rig, tmp_path / "rig.npz")
    mesh = read_mesh(tmp_path / "rig.npz")
    assert np.array_equal(mesh.vertices, tiny_rig.vertices)
    assert np.array_equal(mesh.polygons, tiny_rig.polygons)
    assert np.array_equal(mesh.uv_polygons, tiny_rig.uv_polygons)
    assert np.array_equal(mesh.source_vertex, tiny_rig.source_vertex)


def test_content_decides_not_the_suffix(tmp_path: Path, tiny_rig: Rig) -> None:
    write_rig_npz(tiny_rig, tmp_path / "rig.npz")
    (tmp_path / "rig.npz").rename(tmp_path / "rig.obj")
    assert len(read_mesh(tmp_path / "rig.obj").vertices) == 7
