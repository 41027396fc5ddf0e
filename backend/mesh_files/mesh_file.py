# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening a mesh file of any supported kind, chosen by its content, with the vertex order kept."""

import os
import re
from pathlib import Path

from ..errors import UserError
from .gltf_reader import read_gltf
from .mesh import Mesh, too_large
from .npz import read_npz_mesh
from .obj import read_obj
from .off import looks_like_off, read_off
from .ply import read_ply
from .seams import Seamed, put_together, put_together_alike
from .stl import looks_like_stl, read_stl

_MAX_FILE_BYTES = 2**30
_SUFFIXES = (".obj", ".ply", ".glb", ".gltf", ".stl", ".off")
_REMEDY = "Export the head as OBJ (keep the vertex order), PLY, GLB, glTF, STL, OFF or npz."
# How the files that people hand in by mistake begin, and what they are.
_FOREIGN = (
    (b"Kaydara FBX", "an FBX file"),
    (b"BLENDER", "a Blender file"),
    (b"\x28\xb5\x2f\xfd", "a compressed Blender file"),
    (b"PXR-USDC", "a USD file"),
    (b"#usda", "a USD file"),
    (b"Ogawa", "an Alembic file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"%PDF", "a PDF document"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "a web page"),
    (b"\x80\x04", "a Python pickle, which is never opened"),
    (b"\x80\x02", "a Python pickle, which is never opened"),
)


def existing_file(path: str | os.PathLike[str]) -> Path:
    """``path`` as a Path to a file that is there, can be read and is not empty.

    Raises
    ------
    UserError
        When it isn't.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise UserError(f"“{file}” is a folder.", "Choose a mesh file in it.", code="missing")
        if not file.exists():
            raise UserError(f"There is no file “{file}”.", "Check the spelling and the folder.", code="missing")
        size = file.stat().st_size
        with open(file, "rb"):
            pass
    except OSError as error:
        raise UserError(
            f"“{file}” can't be opened ({error.strerror or error}).",
            "Close other programs that use it, and check that you may read it.",
            code="missing",
        ) from error
    if size == 0:
        raise UserError(f"“{file.name}” is empty.", "Export it again and check that the export finished.", code="empty")
    if size > _MAX_FILE_BYTES:
        raise too_large(file, f"it has {size / 1e9:.1f} GB")
    return file


def read_mesh(path: str | os.PathLike[str]) -> Mesh:
    """Read an OBJ, PLY, GLB, glTF, STL, OFF or npz file; the vertex order is the file's own.

    The content decides which kind it is; the name only has to promise one of them. Vertices that the format doubles
    along seams are one again, see `seams`.

    Raises
    ------
    UserError
        For files that are missing, empty, cut off, foreign, too large, or hold invalid numbers.
    """
    found = _opened(path)
    return put_together(found) if isinstance(found, Seamed) else found


def read_mesh_pair(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> tuple[Mesh, Mesh]:
    """Read two shapes of one head as `read_mesh` does, so that what is one vertex in either is one in both.

    Raises
    ------
    UserError
        As `read_mesh`.
    """
    first, second = _opened(one), _opened(other)
    if isinstance(first, Seamed) and isinstance(second, Seamed):
        return put_together_alike(first, second)
    first, second = (put_together(found) if isinstance(found, Seamed) else found for found in (first, second))
    return first, second


def _opened(path: str | os.PathLike[str]) -> Mesh | Seamed:
    file = existing_file(path)
    start = _start(file)
    for magic, kind in _FOREIGN:
        if start.startswith(magic):
            raise UserError(f"“{file.name}” is {kind}, not a mesh that can be read.", _REMEDY, "format")
    suffix = file.suffix.lower()
    if start.startswith(b"PK\x03\x04") or suffix == ".npz":
        return read_npz_mesh(file)
    data = file.read_bytes()
    if _is_gltf(start):
        return read_gltf(file, data)
    if start.startswith((b"ply\n", b"ply\r", b"ply ")):
        return read_ply(file, data)
    if suffix == ".obj" and _looks_like_obj(data):
        return read_obj(file, data)
    if looks_like_stl(data):
        return read_stl(file, data)
    if looks_like_off(data):
        return read_off(file, data)
    if suffix in _SUFFIXES:
        raise UserError(f"“{file.name}” is not a {suffix[1:].upper()} file.", _REMEDY, code="format")
    raise UserError(f"“{file.name}” is not a mesh that can be read.", _REMEDY, code="format")


def is_gltf(path: str | os.PathLike[str]) -> bool:
    """Whether a file is glTF, whose coordinates mean metres with +Y up; other formats say neither."""
    return _is_gltf(_start(Path(path)))


def _start(file: Path) -> bytes:
    with open(file, "rb") as stream:
        return stream.read(64)


def _is_gltf(start: bytes) -> bool:
    return start.startswith(b"glTF") or start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _looks_like_obj(data: bytes) -> bool:
    return b"\0" not in data[:4096] and re.search(rb"(?:^|[\r\n]|\xef\xbb\xbf)[ \t]*v[ \t]", data) is not None
