# SPDX-License-Identifier: GPL-3.0-or-later
"""OBJ in the dialects that tools write, PLY strips, STL and OFF hold the mesh that other readers find in them."""

from collections.abc import Callable
from pathlib import Path

import igl
import numpy as np
import pytest
import trimesh
from PIL import Image

from backend.errors import UserError
from backend.mesh_files.mesh_file import read_mesh
from backend.mesh_files.obj import write_obj
from backend.morphable_model.model import MorphableModel
from tests.mesh_files.gltf_maker import volume
from tests.shapes import Mesh

Refuses = Callable[..., UserError]
QUAD = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def _obj_lines(model: MorphableModel, path: Path) -> list[str]:
    write_obj(path, model.template, model.polygons, model.uv, model.uv_polygons)
    return [line for line in path.read_text("utf-8").splitlines() if line[:2] in {"v ", "vt", "f "}]


@pytest.mark.parametrize("dialect", ["mark", "indented", "tabs", "remarks", "old Mac", "continued", "behind"])
def test_a_dialect_changes_nothing(tmp_path: Path, model: MorphableModel, dialect: str) -> None:
    lines = _obj_lines(model, tmp_path / "plain.obj")
    plain = read_mesh(tmp_path / "plain.obj")
    count, count_uv = len(model.template), 0 if model.uv is None else len(model.uv)
    text = {
        "mark": "\ufeff" + "\n".join(lines),
        "indented": "\n".join("   \t" + line for line in lines),
        "tabs": "\n".join(line.replace(" ", "\t") for line in lines),
        "remarks": "\n".join(line + " # said" for line in lines),
        "old Mac": "\r".join(lines),
        "continued": "\n".join(line.replace(" ", " \\\n", 2) for line in lines),
        "behind": "\n".join(
            "f "
            + " ".join(
                f"{int(v) - count - 1}/{int(t) - count_uv - 1}" for v, t in (w.split("/") for w in line.split()[1:])
            )
            if line.startswith("f ")
            else line
            for line in lines
        ),
    }[dialect]
    path = tmp_path / "dialect.obj"
    path.write_bytes(text.encode())
    mesh = read_mesh(path)
    for name in ("vertices", "polygons", "uv", "uv_polygons"):
        assert np.array_equal(getattr(mesh, name), getattr(plain, name)), name


def test_corners_with_and_without_uv_stand_in_one_polygon(tmp_path: Path) -> None:
    path = tmp_path / "mixed.obj"
    path.write_text(QUAD + "vt 0.5 0.25\nvt 1\nvn 0 0 1\nf 1/1/1 2//1 3 4/2\nf 1//1 2//1 3//1\nf 1/2/1 2/1/1 3/1/1\n")
    mesh = read_mesh(path)
    assert mesh.polygons.tolist() == [[0, 1, 2, 3], [0, 1, 2, -1], [0, 1, 2, -1]]
    assert mesh.uv is not None and mesh.uv_polygons is not None
    assert mesh.uv[mesh.uv_polygons[0]].tolist() == [[0.5, 0.25], [0, 0], [0, 0], [1, 0]]
    assert mesh.uv[mesh.uv_polygons[1, :3]].tolist() == [[0, 0]] * 3
    assert mesh.uv[mesh.uv_polygons[2, :3]].tolist() == [[1, 0], [0.5, 0.25], [0.5, 0.25]]


@pytest.mark.parametrize("line", ["v 0,5 0,25 1", "v 1 2 0,5", "v 0.5 -1,5e-3 2"])
def test_decimal_commas_are_called_by_name(tmp_path: Path, refuses: Refuses, line: str) -> None:
    path = tmp_path / "comma.obj"
    path.write_text(f"{QUAD}{line}\nf 1 2 3\n")
    error = refuses("format", read_mesh, path)
    assert "commas" in error.message and "line 5" in error.message and "decimal points" in error.remedy
    triangle = "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1,5 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid x\n"
    for name, content in (("x.off", "OFF\n3 1 0\n0 0 0\n1,5 0 0\n0 1 0\n3 0 1 2\n"), ("x.stl", triangle)):
        (tmp_path / name).write_text(content)
        assert "commas" in refuses("format", read_mesh, tmp_path / name).message


def _ring(rng: np.random.Generator, count: int) -> np.ndarray:
    """A star of ``count`` corners in a slanted plane, concave at every other one."""
    angle = np.arange(count) * 2 * np.pi / count
    flat = (0.3 + np.arange(count) % 2)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return flat @ np.linalg.qr(rng.normal(size=(3, 2)))[0].T + rng.normal(size=3)


@pytest.mark.parametrize("count", [5, 6, 11, 40])
def test_concave_polygons_are_cut_inside_and_come_back_whole(tmp_path: Path, count: int) -> None:
    ring = _ring(np.random.default_rng(count), count)
    path = tmp_path / "star.obj"
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in ring.tolist()] + [f"vt {k / 100} 0" for k in range(count)]
    path.write_text("\n".join([*lines, "f " + " ".join(f"{k}/{k}" for k in range(1, count + 1)), "f 1/1 2/2 3/3"]))
    mesh = read_mesh(path)
    assert mesh.polygon_of is not None and mesh.polygon_of.tolist() == [0] * (count - 2) + [1]
    a, b, c = ring[mesh.polygons[:-1, :3]].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    newell = np.cross(ring, np.roll(ring, -1, axis=0)).sum(axis=0)
    assert (normals @ newell > 0).all(), "no piece is turned over, so none lies outside"
    assert np.allclose(normals.sum(axis=0), newell)
    write_obj(
        tmp_path / "back.obj", mesh.vertices, mesh.polygons, mesh.uv, mesh.uv_polygons, polygon_of=mesh.polygon_of
    )
    faces = [
        line.split()[1:] for line in (tmp_path / "back.obj").read_text("utf-8").splitlines() if line.startswith("f ")
    ]
    assert len(faces) == 2
    start = faces[0].index("1/1")
    assert faces[0][start:] + faces[0][:start] == [f"{k}/{k}" for k in range(1, count + 1)]
    assert faces[1] == ["1/1", "2/2", "3/3"]


def test_polygons_without_area_and_keyholes_keep_all_edges(tmp_path: Path) -> None:
    path = tmp_path / "odd.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\nv 3 0 0\nv 4 0 0\nf 1 2 3 4 5\nf 1 1 1 1 1\nf 1 2 3 2 1\n")
    mesh = read_mesh(path)
    assert len(mesh.polygons) == 9
    write_obj(tmp_path / "back.obj", mesh.vertices, mesh.polygons, polygon_of=mesh.polygon_of)
    assert read_mesh(tmp_path / "back.obj").polygons[:3].tolist() == mesh.polygons[:3].tolist()


def test_materials_of_an_obj_come_from_its_own_folder(awkward_path: Path) -> None:
    folder = awkward_path / "a"
    folder.mkdir()
    Image.new("RGB", (2, 2)).save(folder / "haut 1.png")
    Image.new("RGB", (2, 2)).save(awkward_path / "outside.png")
    (folder / "head.mtl").write_text(
        "newmtl skin a\nKd 0.5 0.25 nonsense\nmap_Kd -s 1 1 1 -clamp on C:\\art\\haut 1.png\nd 0.5\n"
        "newmtl eye\nKd 0.1 0.2 0.3\nmap_Kd ../outside.png\n"
    )
    path = folder / "head.obj"
    path.write_text(
        f"mtllib head.mtl\nmtllib ../secret.mtl\n{QUAD}f 1 2 3\nusemtl skin a\nf 1 2 3 4\nusemtl eye\nf 1 2 3\nusemtl lost\nf 1 2 4\n"
    )
    mesh = read_mesh(path)
    assert [material.name for material in mesh.materials] == ["skin a", "eye", "lost"]
    assert mesh.face_material is not None and mesh.face_material.tolist() == [-1, 0, 1, 2]
    skin, eye, _ = mesh.materials
    assert skin.pictures[0].data == (folder / "haut 1.png").read_bytes()
    assert skin.definition["alphaMode"] == "BLEND"
    assert eye.definition["pbrMetallicRoughness"]["baseColorFactor"] == [0.1, 0.2, 0.3, 1.0]
    assert not eye.pictures
    assert any("outside.png" in note for note in mesh.notes) and any("secret.mtl" in note for note in mesh.notes)


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_strips_in_ply(tmp_path: Path, ball: Mesh, form: str) -> None:
    runs = [corner for triangle in ball.triangles.tolist() for corner in (*triangle, -1)]
    runs += [0, 1, 2, 3]  # the second of a strip is turned, so that both face one way
    order = {"ascii": "<", "binary_little_endian": "<", "binary_big_endian": ">"}[form]
    header = (
        f"ply\nformat {form} 1.0\nelement vertex {len(ball.vertices)}\nproperty float x\nproperty float y\n"
        "property float z\nelement tristrips 1\nproperty list int int vertex_indices\nend_header\n"
    ).encode()
    points = ball.vertices.astype(order + "f4")
    if form == "ascii":
        body = (
            "\n".join(" ".join(map(repr, row)) for row in points.tolist())
            + f"\n{len(runs)} "
            + " ".join(map(str, runs))
        )
        data = header + body.encode() + b"\n"
    else:
        data = header + points.tobytes() + np.array([len(runs), *runs], order + "i4").tobytes()
    (tmp_path / "x.ply").write_bytes(data)
    mesh = read_mesh(tmp_path / "x.ply")
    assert np.array_equal(mesh.vertices, points)
    assert np.array_equal(mesh.polygons[:-2, :3], ball.triangles)
    assert mesh.polygons[-2:].tolist() == [[0, 1, 2, -1], [1, 3, 2, -1]]


@pytest.mark.parametrize("encoding", ["ascii", "binary"])
def test_stl_gives_the_surface_that_trimesh_wrote(awkward_path: Path, ball: Mesh, encoding: str) -> None:
    path = awkward_path / "kugel.stl"
    trimesh.Trimesh(ball.vertices, ball.triangles, process=False).export(
        path, file_type="stl_ascii" if encoding == "ascii" else "stl"
    )
    mesh = read_mesh(path)
    assert len(mesh.vertices) == len(ball.vertices)
    first = ball.triangles.ravel()[np.sort(np.unique(ball.triangles.ravel(), return_index=True)[1])]
    assert np.allclose(mesh.vertices, ball.vertices[first], atol=1e-6)
    assert volume(mesh.vertices, mesh.polygons) == pytest.approx(volume(ball.vertices, ball.triangles), rel=1e-5)
    again = trimesh.load(path)
    assert isinstance(again, trimesh.Trimesh)
    assert len(again.vertices) == len(mesh.vertices)


def test_stl_that_is_cut_off_or_empty(tmp_path: Path, ball: Mesh) -> None:
    for kind in ("stl", "stl_ascii"):
        path = tmp_path / "x.stl"
        trimesh.Trimesh(ball.vertices, ball.triangles, process=False).export(path, file_type=kind)
        whole = path.read_bytes()
        for length in (1, 50, 83, 84, 100, len(whole) // 2, len(whole) - 20):
            path.write_bytes(whole[:length])
            with pytest.raises(UserError):
                read_mesh(path)
        path.write_bytes(whole[:80] + b"\xff\xff\xff\x7f" + whole[84:])
        if kind == "stl":
            with pytest.raises(UserError):
                read_mesh(path)


def test_off_agrees_with_libigl(tmp_path: Path, ball: Mesh, model: MorphableModel) -> None:
    path = tmp_path / "ball.off"
    igl.write_triangle_mesh(str(path), ball.vertices, ball.triangles)
    vertices, faces = igl.read_triangle_mesh(str(path))[:2]
    mesh = read_mesh(path)
    assert np.array_equal(mesh.vertices, vertices)
    assert np.array_equal(mesh.polygons[:, :3], faces)
    rows = [" ".join(map(repr, row)) + " 255 0 0" for row in model.template.astype(float).tolist()]
    rows += [f"4 {' '.join(map(str, row))} 0.5 0.5 0.5" for row in model.polygons.tolist()]
    head = f"# made by hand\nCOFF\n# counts\n{len(model.template)} {len(model.polygons)} 0\n\n"
    path.write_text(head + "\n".join(rows) + "\n")
    mesh = read_mesh(path)
    assert np.array_equal(mesh.polygons, model.polygons)
    assert np.array_equal(mesh.vertices, model.template)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("OFF\n", "damaged"),
        ("OFF\n1 2\n", "damaged"),
        ("OFF\n999999999 1 0\n", "too-large"),
        ("OFF\n-1 1 0\n0 0 0\n", "too-large"),
        ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "damaged"),
        ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n2 0 1\n", "damaged"),
        ("OFF\n3 1 0\n0 0 0\n1 0\n0 1 0\n3 0 1 2\n", "damaged"),
        ("OFF\n3 1 0\n0 0 0\n1 0 nan\n0 1 0\n3 0 1 2\n", "not-finite"),
        ("4OFF\n1 0 0\n0 0 0 1\n", "format"),
        ("OFF BINARY\n\0\0", "format"),
    ],
)
def test_broken_off(tmp_path: Path, refuses: Refuses, text: str, code: str) -> None:
    path = tmp_path / "x.off"
    path.write_text(text)
    refuses(code, read_mesh, path)
