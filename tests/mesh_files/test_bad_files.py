# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken, foreign and hostile files are refused with one sentence and a remedy, and nothing is loaded."""

import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.errors import UserError
from backend.export.glb_writer import write_glb
from backend.export.rig_npz import read_rig_npz, write_rig_npz
from backend.mesh_files.mesh import MAX_VERTICES
from backend.mesh_files.mesh_file import read_mesh
from backend.mesh_files.obj import write_obj
from backend.rig import Rig

Refuses = Callable[..., UserError]
PLY_POINT = (
    "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n{}end_header\n"
)
PLY_FACE = "element face 1\nproperty list int int vertex_indices\n"


def test_missing_empty_folder(awkward_path: Path, refuses: Refuses) -> None:
    assert "nicht da.obj" in refuses("missing", read_mesh, awkward_path / "nicht da.obj").message
    assert "folder" in refuses("missing", read_mesh, awkward_path).message
    refuses("missing", read_mesh, awkward_path / ("x" * 300 + ".obj"))
    for suffix in ("obj", "ply", "glb", "npz"):
        empty = awkward_path / f"leer.{suffix}"
        empty.touch()
        assert "is empty" in refuses("empty", read_mesh, empty).message


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"Kaydara FBX Binary  \0\x1a\0rest", "FBX"),
        (b"BLENDER-v405", "Blender"),
        (b"PXR-USDC\0\0", "USD"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (pickle.dumps({"v": [1, 2, 3]}), "pickle"),
        (b"<!DOCTYPE html><p>404</p>", "web page"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".encode("utf-16"), "UTF-16"),
        (b'{"shape_key": {"version": "2.0"}}', "no glTF"),
        (bytes(range(256)) * 9, "not a mesh"),
        ("grüße aus der textdatei\n".encode(), "not a mesh"),
    ],
)
def test_foreign_files(tmp_path: Path, refuses: Refuses, content: bytes, word: str) -> None:
    path = tmp_path / "head.mesh"
    path.write_bytes(content)
    assert word in refuses("format", read_mesh, path).message


def test_every_cut_is_noticed(tmp_path: Path, tiny_rig: Rig) -> None:
    write_glb(tiny_rig, tmp_path / "a.glb")
    write_rig_npz(tiny_rig, tmp_path / "a.npz")
    body = np.zeros(7, [("p", "<f4", 3)]).tobytes() + bytes([3, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])
    header = (
        b"ply\nformat binary_little_endian 1.0\nelement vertex 7\nproperty float x\nproperty float y\n"
        b"property float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
    )
    (tmp_path / "a.ply").write_bytes(header + body)
    rng = np.random.default_rng(2)
    for suffix in ("glb", "npz", "ply"):
        whole = (tmp_path / f"a.{suffix}").read_bytes()
        read_mesh(tmp_path / f"a.{suffix}")
        for length in {1, 3, 8, 20, len(whole) - 1, *rng.integers(1, len(whole), 40).tolist()}:
            cut = tmp_path / f"cut.{suffix}"
            cut.write_bytes(whole[:length])
            with pytest.raises(UserError, match=r"again|head|Export"):
                read_mesh(cut)


def test_random_damage_never_escapes_as_another_exception(tmp_path: Path, tiny_rig: Rig) -> None:
    write_glb(tiny_rig, tmp_path / "a.glb")
    write_rig_npz(tiny_rig, tmp_path / "a.npz")
    write_obj(tmp_path / "a.obj", tiny_rig.vertices, tiny_rig.polygons, tiny_rig.uv, tiny_rig.uv_polygons)
    rng = np.random.default_rng(3)
    refused = 0
    for suffix in ("glb", "npz", "obj"):
        whole = (tmp_path / f"a.{suffix}").read_bytes()
        for _ in range(60):
            spoiled = bytearray(whole)
            for at in rng.integers(0, len(whole), 4):
                spoiled[at] = rng.integers(0, 256)
            path = tmp_path / f"b.{suffix}"
            path.write_bytes(spoiled)
            try:
                read_mesh(path)
            except UserError:
                refused += 1
    assert refused > 30


def test_obj_lines_are_named(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x.obj"
    for text, line in (
        ("v 0 0 0\nv 1 0\n", "line 2"),
        ("v 0 0 0\nv 1 0 x\nv 1 1 1\n", "line 2"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2\n", "line 4"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n", "line 4"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -9\n", "line 4"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 q\n", "line 4"),
    ):
        path.write_text(text)
        assert line in refuses("damaged", read_mesh, path).message
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n")
    assert "vertex 3" in refuses("damaged", read_mesh, path).message


def test_invalid_numbers_are_counted(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x.obj"
    path.write_text("v 0 0 0\nv nan 0 0\nv 0 inf 1\nv 0 -nan(ind) 0\nf 1 2 3\n")
    message = refuses("not-finite", read_mesh, path).message
    assert "3 vertices" in message
    assert "first is vertex 1" in message
    np.savez(tmp_path / "x.npz", vertices=np.array([[0, 0, 0], [0, 0, np.inf]]))
    assert "1 vertex has" in refuses("not-finite", read_mesh, tmp_path / "x.npz").message


def test_objects_in_npz_are_never_loaded(tmp_path: Path, refuses: Refuses) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return open, (str(tmp_path / "sprung"), "w")

    np.savez(tmp_path / "x.npz", vertices=np.array([Trap()], dtype=object))
    assert "objects" in refuses("format", read_mesh, tmp_path / "x.npz").message
    assert not (tmp_path / "sprung").exists()


def test_npz_that_would_unpack_to_gigabytes(tmp_path: Path, refuses: Refuses) -> None:
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118)
    for shape, code in (((400_000_000, 3), "damaged"), ((MAX_VERTICES + 1, 3), "too-large")):
        text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
        body = b"\0" * (12 * shape[0] if code == "too-large" else 64)
        with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("vertices.npy", header + text.encode() + body)
        assert (tmp_path / "bomb.npz").stat().st_size < 100_000
        refuses(code, read_mesh, tmp_path / "bomb.npz")


def test_npz_with_odd_arrays(tmp_path: Path, refuses: Refuses) -> None:
    good = np.zeros((4, 3))
    for arrays, code in (
        ({"points": good}, "format"),
        ({"vertices": np.zeros((4, 2))}, "damaged"),
        ({"vertices": np.zeros(4)}, "damaged"),
        ({"vertices": np.zeros((0, 3))}, "empty"),
        ({"vertices": np.array([["a", "b", "c"]])}, "damaged"),
        ({"vertices": good, "faces": np.zeros((2, 5), int)}, "damaged"),
        ({"vertices": good, "faces": [[0, 1, 2**40]]}, "damaged"),
        ({"vertices": good, "source_vertex": np.arange(3)}, "damaged"),
    ):
        np.savez(tmp_path / "x.npz", **arrays)
        refuses(code, read_mesh, tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", vertices=good)
    refuses("format", read_rig_npz, tmp_path / "x.npz")


def _glb(path: Path, document: dict[str, object], binary: bytes = b"") -> Path:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
    return path


def test_hostile_glb(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x.glb"
    scene = {"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}]}
    mesh = {"meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}]}
    huge = {"accessors": [{"componentType": 5126, "type": "VEC3", "count": 4_000_000_000}]}
    refuses("too-large", read_mesh, _glb(path, scene | mesh | huge))
    loop = {"scenes": [{"nodes": [0]}], "nodes": [{"children": [1]}, {"children": [0]}]}
    assert "loop" in refuses("damaged", read_mesh, _glb(path, loop)).message
    beyond = {
        "accessors": [{"componentType": 5126, "type": "VEC3", "count": 9, "bufferView": 0}],
        "bufferViews": [{"buffer": 0, "byteLength": 108}],
        "buffers": [{"byteLength": 108}],
    }
    refuses("damaged", read_mesh, _glb(path, scene | mesh | beyond, b"\0" * 36))
    outside = beyond | {"buffers": [{"byteLength": 108, "uri": "file:///etc/passwd"}]}
    assert "not in its folder" in refuses("missing", read_mesh, _glb(path, scene | mesh | outside, b"\0" * 108)).message
    packed = {"extensionsRequired": ["EXT_other_compression"]}
    assert "compressed" in refuses("format", read_mesh, _glb(path, scene | mesh | packed)).message
    refuses("empty", read_mesh, _glb(path, {"asset": {"version": "2.0"}}))


def test_ply_headers(tmp_path: Path, refuses: Refuses) -> None:
    path = tmp_path / "x.ply"
    for text, code in (
        ("ply\nformat ascii 1.0\nelement vertex 1\n", "damaged"),
        ("ply\nformat ebcdic 1.0\nend_header\n", "damaged"),
        ("ply\nformat ascii 1.0\nelement vertex 9999999999\nproperty float x\nend_header\n", "too-large"),
        ("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n", "format"),
        (
            "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n1 2 3\n",
            "damaged",
        ),
        (PLY_POINT.format("") + "1 2\n", "damaged"),
        (PLY_POINT.format("") + "1 2 3\n4\n", "damaged"),
        (PLY_POINT.format("") + "1 2 x\n", "damaged"),
        (PLY_POINT.format(PLY_FACE) + "1 2 3\n3 0 0 0.5\n", "damaged"),
        (PLY_POINT.format(PLY_FACE) + "1 2 3\n-1\n", "damaged"),
        (PLY_POINT.format(PLY_FACE) + "1 2 3\n2 0 0\n", "damaged"),
        (PLY_POINT.format(PLY_FACE) + "1 2 3\ninf 0 0\n", "damaged"),
        (PLY_POINT.format(PLY_FACE) + "1 2 3\n4 0 0 nan 0\n", "damaged"),
        ("plywood\n", "format"),
    ):
        path.write_text(text)
        refuses(code, read_mesh, path)


def test_what_mutation_found_is_refused_or_read(tmp_path: Path, shared_data: Path) -> None:
    with tarfile.open(shared_data / "bad_inputs.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    found = [path for path in tmp_path.rglob("*.*") if path.suffix in {".obj", ".ply", ".glb", ".npz"}]
    assert len(found) > 20
    for path in found:
        try:
            mesh = read_mesh(path)
        except UserError as error:
            assert error.remedy  # noqa: PT017
        else:
            assert np.isfinite(mesh.vertices).all()
