# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays in NumPy's .npz, read with every size checked before it is unpacked."""

import ast
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .mesh import MAX_VERTICES, Mesh, checked_mesh, damaged, too_large

_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
MAX_BYTES = 2**30
"""No array of a face needs more than this once unpacked."""


def read_arrays(path: Path, keys: tuple[str, ...] | None = None) -> dict[str, NDArray[Any]]:
    """The named arrays (all when None) of an .npz file; names that it lacks are left out.

    Sizes are read from the headers first, so a small file can't unpack into a huge one. Arrays of
    Python objects are never loaded.

    Raises
    ------
    UserError
        For a file that isn't a whole .npz, has object arrays, or is too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {i.filename.removesuffix(".npy"): i for i in archive.infolist()}
            wanted = [k for k in infos if keys is None or k in keys]
            if sum(infos[k].file_size for k in wanted) > MAX_BYTES:
                raise too_large(path, "it unpacks to more than 1 GB")
            return {key: _read_array(path, archive, infos[key], key) for key in wanted}
    except _UNREADABLE as error:
        raise damaged(path, "it can't be read as .npz") from error


def _read_array(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, key: str) -> NDArray[Any]:
    with archive.open(info) as stream:
        shape, fortran, dtype = _header(cast("IO[bytes]", stream))
        if dtype.hasobject:
            raise UserError(
                f"“{path.name}” holds Python objects under “{key}”, which are never loaded.",
                "Save plain number arrays (np.savez without object arrays).",
                code="format",
            )
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if size > info.file_size:
            raise damaged(path, f"“{key}” is shorter than it claims")
        if size > MAX_BYTES:
            raise too_large(path, f"“{key}” has {size / 1e9:.1f} GB")
        data = stream.read(size)
        if len(data) < size:
            raise damaged(path, f"“{key}” is cut off")
        while stream.read(1 << 16):  # to the end, so that the checksum is verified
            pass
    array = np.frombuffer(data, dtype=dtype, count=-1 if dtype.itemsize else 0)
    return array.reshape(shape, order="F" if fortran else "C").copy()


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, Fortran order and dtype of an .npy stream (format versions 1 to 3)."""
    start = stream.read(8)
    if len(start) < 8 or start[:6] != b"\x93NUMPY" or start[6] not in (1, 2, 3):
        raise ValueError("no .npy header")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(stream.read(width), "little")
    if length > 1 << 16:
        raise ValueError("header too long")
    try:
        header = ast.literal_eval(stream.read(length).decode("utf-8" if start[6] == 3 else "latin1"))
        shape = tuple(int(n) for n in header["shape"])
        dtype = np.dtype(header["descr"])
    except (SyntaxError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError("broken .npy header") from error
    if any(n < 0 for n in shape):
        raise ValueError("negative shape")
    return shape, bool(header["fortran_order"]), dtype


def read_npz_mesh(path: Path) -> Mesh:
    """Read a mesh from named arrays.

    Keys: ``vertices``, ``faces`` (or ``polygons``), ``uv``, ``uv_faces`` and ``source_vertex``; only the
    first is required.

    Raises
    ------
    UserError
        For a file without ``vertices`` and for arrays that contradict each other.
    """
    keys = ("vertices", "faces", "polygons", "uv", "uv_faces", "source_vertex")
    arrays = read_arrays(path, keys)
    if "vertices" not in arrays:
        raise UserError(
            f"“{path.name}” has no array called “vertices”.",
            "Save the mesh as an .npz with “vertices” (N, 3) and “faces” (Q, 4), or as OBJ.",
            code="format",
        )
    numeric = all(a.dtype.kind in "fiu" for a in arrays.values())
    if not numeric or len(arrays["vertices"].shape) != 2:
        raise damaged(path, "its arrays are not plain number arrays of the right form")
    if len(arrays["vertices"]) > MAX_VERTICES:
        raise too_large(path, f"it has {len(arrays['vertices']):,} vertices")
    faces = arrays.get("faces", arrays.get("polygons"))
    return checked_mesh(
        path,
        arrays["vertices"],
        np.empty((0, 4)) if faces is None else faces.astype(np.int64),
        arrays.get("uv"),
        arrays["uv_faces"].astype(np.int64) if "uv_faces" in arrays else None,
        arrays.get("source_vertex"),
    )
