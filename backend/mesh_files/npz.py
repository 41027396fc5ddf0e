# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays in NumPy's .npz, read with every size checked before it is unpacked."""

import lzma
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_array_header_2_0, read_magic
from numpy.typing import NDArray

from ..errors import UserError
from .mesh import MAX_VERTICES, Mesh, checked_mesh, damaged, too_large

MAX_BYTES = 2**30
"""No arrays of a face need more than this once unpacked."""
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError, OverflowError,
    RuntimeError, ValueError,
    # What Python's own parser raises for a header that is no dictionary of plain values.
    MemoryError, SyntaxError, TypeError, tokenize.TokenError,
)  # fmt: skip


class TooLargeError(ValueError):
    """Arrays that would unpack to more than ``MAX_BYTES``."""


class ObjectsError(ValueError):
    """An array of Python objects, which is never loaded."""


def load_arrays(path: Path, keys: tuple[str, ...] | None = None, most: int | None = None) -> dict[str, NDArray[Any]]:
    """The named arrays (all when None) of an .npz file; names that it lacks are left out.

    Sizes are read from the headers first, so a small file can't unpack into a huge one. ``most`` is how many rows
    any of them may have.

    Raises
    ------
    FileNotFoundError
        When it isn't there.
    ValueError
        For a file that isn't a whole .npz; `TooLargeError` and `ObjectsError` are kinds of it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {i.filename.removesuffix(".npy"): i for i in archive.infolist()}
            wanted = [k for k in infos if keys is None or k in keys]
            if sum(infos[k].file_size for k in wanted) > MAX_BYTES:
                raise TooLargeError("it unpacks to more than 1 GB")
            return {key: _load_array(archive, infos[key], key, most) for key in wanted}
    except (FileNotFoundError, TooLargeError, ObjectsError):
        raise
    except _UNREADABLE as error:
        raise ValueError("it can't be read as .npz") from error


def _load_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, key: str, most: int | None) -> NDArray[Any]:
    with archive.open(info) as opened:
        stream = cast("IO[bytes]", opened)
        read_header = {(1, 0): read_array_header_1_0, (2, 0): read_array_header_2_0}.get(read_magic(stream))
        if read_header is None:
            raise ValueError("an .npy header of an unknown form")
        shape, fortran, dtype = read_header(stream)
        if dtype.hasobject:
            raise ObjectsError(f"it holds Python objects under “{key}”")
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if min(shape, default=0) < 0 or size > info.file_size:
            raise ValueError(f"“{key}” is shorter than it claims")
        if most is not None and max(shape, default=0) > most:
            raise TooLargeError(f"“{key}” has {max(shape):,} rows")
        data = stream.read(size)
        while stream.read(1 << 16):  # to the end, so that the checksum is verified
            pass
    array = np.frombuffer(data, dtype=dtype, count=-1 if dtype.itemsize else 0)
    return array.reshape(shape, order="F" if fortran else "C").copy()


def read_arrays(path: Path, keys: tuple[str, ...] | None = None, most: int | None = None) -> dict[str, NDArray[Any]]:
    """What `load_arrays` finds in a file that a person handed in.

    Raises
    ------
    UserError
        For a file that isn't a whole .npz, has object arrays, or is too large.
    """
    try:
        return load_arrays(path, keys, most)
    except TooLargeError as error:
        raise too_large(path, str(error)) from error
    except ObjectsError as error:
        raise UserError(
            f"“{path.name}” can't be read: {error}, which are never loaded.",
            "Save plain number arrays (np.savez without object arrays).",
            code="format",
        ) from error
    except (OSError, ValueError) as error:
        raise damaged(path, str(error)) from error


def read_npz_mesh(path: Path) -> Mesh:
    """Read a mesh from named arrays.

    Keys: ``vertices``, ``faces`` (or ``polygons``), ``uv``, ``uv_faces``, ``source_vertex``, and ``polygon_of`` where
    the faces are pieces of larger ones; only the first is required.

    Raises
    ------
    UserError
        For a file without ``vertices`` and for arrays that contradict each other.
    """
    keys = ("vertices", "faces", "polygons", "uv", "uv_faces", "source_vertex", "polygon_of")
    arrays = read_arrays(path, keys, 2 * MAX_VERTICES)
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
        polygon_of=arrays.get("polygon_of"),
    )
