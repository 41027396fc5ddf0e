# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening a mesh file of any supported kind, chosen by its content, with the vertex order kept."""

import os
from pathlib import Path

from ..errors import UserError
from .glb_reader import read_glb
from .mesh import Mesh, too_large
from .npz import read_npz_mesh
from .obj import read_obj
from .ply import read_ply

_MAX_FILE_BYTES = 2**30
_REMEDY = "Export the head as OBJ (keep the vertex order), PLY, GLB or npz."
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
    (b"solid ", "an STL file"),
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
    """Read an OBJ, PLY, GLB or npz file; the vertex order is the file's own.

    The content decides which kind it is; the name only has to promise one of the four.

    Raises
    ------
    UserError
        For files that are missing, empty, cut off, foreign, too large, or hold invalid numbers.
    """
    file = existing_file(path)
    with open(file, "rb") as stream:
        start = stream.read(64)
    for magic, kind in _FOREIGN:
        if start.startswith(magic) and not (kind == "an STL file" and file.suffix.lower() == ".obj"):
            raise UserError(f"“{file.name}” is {kind}, not a mesh that can be read.", _REMEDY, "format")
    if start.startswith(b"PK\x03\x04") or file.suffix.lower() == ".npz":
        return read_npz_mesh(file)
    if start.startswith(b"glTF"):
        return read_glb(file, file.read_bytes())
    if start.startswith((b"ply\n", b"ply\r", b"ply ")):
        return read_ply(file, file.read_bytes())
    suffix = file.suffix.lower()
    if suffix in (".ply", ".glb"):
        raise UserError(f"“{file.name}” is not a {suffix[1:].upper()} file.", _REMEDY, code="format")
    if suffix == ".gltf" or start.lstrip()[:1] == b"{":
        raise UserError(f"“{file.name}” is glTF as text.", "Export it as one binary file (.glb).", code="format")
    data = file.read_bytes()
    if suffix != ".obj" or b"\0" in data[:4096] or not _looks_like_obj(data):
        raise UserError(f"“{file.name}” is not a mesh that can be read.", _REMEDY, code="format")
    return read_obj(file, data)


def _looks_like_obj(data: bytes) -> bool:
    return data.startswith((b"v ", b"v\t")) or b"\nv " in data or b"\nv\t" in data or b"\rv " in data
