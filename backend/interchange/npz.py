# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays in NumPy's .npz: read with every size checked before it is unpacked, written atomically."""

import ast
import lzma
import os
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..files import atomic_write
from ..rig.correctives import Corrective
from ..rig.rig import Rig
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


def write_rig_npz(rig: Rig, path: str | os.PathLike[str]) -> None:
    """Write a rig as plain arrays, in the rig's own vertex order.

    Keys: ``vertices`` (N, 3) float32 metres, ``faces`` (Q, 4) int32 quads (-1 ends a triangle),
    ``names`` (E,), ``deltas`` (E, N, 3) float32, ``face_part`` (Q,) with ``part_names``,
    ``source_vertex`` (N,), ``uv`` and ``uv_faces`` when there are UVs, ``joint_names``,
    ``joint_parents``, ``joints`` (J, 3), ``skin_weights`` (N, J), ``name``. Where the rig has
    correctives: ``corrective_names`` (C,), ``corrective_inputs`` (C,) with ``*`` between the
    sliders, ``corrective_formulas`` (C,), ``corrective_deltas`` (C, N, 3) float32.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    arrays: dict[str, NDArray[Any]] = {
        "name": np.array(rig.name),
        "vertices": rig.vertices.astype(np.float32),
        "faces": rig.polygons.astype(np.int32),
        "names": np.array(rig.names, dtype=np.str_),
        "deltas": rig.deltas.astype(np.float32),
        "face_part": rig.face_part.astype(np.uint8),
        "part_names": np.array(rig.part_names, dtype=np.str_),
        "source_vertex": rig.source_vertex.astype(np.int32),
        "joint_names": np.array(rig.joint_names, dtype=np.str_),
        "joint_parents": np.array(rig.joint_parents, dtype=np.int32),
        "joints": rig.joints.astype(np.float32),
        "skin_weights": rig.skin_weights.astype(np.float32),
    }
    if rig.uv is not None and rig.uv_polygons is not None:
        arrays["uv"] = rig.uv.astype(np.float32)
        arrays["uv_faces"] = rig.uv_polygons.astype(np.int32)
    if rig.correctives:
        arrays["corrective_names"] = np.array([key.name for key in rig.correctives])
        arrays["corrective_inputs"] = np.array(["*".join(key.inputs) for key in rig.correctives])
        arrays["corrective_formulas"] = np.array([key.formula for key in rig.correctives])
        arrays["corrective_deltas"] = np.stack([key.deltas for key in rig.correctives]).astype(np.float32)
    with atomic_write(path) as temporary, open(temporary, "wb") as stream:
        np.savez_compressed(stream, **arrays)  # pyright: ignore[reportArgumentType]


def read_rig_npz(path: str | os.PathLike[str]) -> Rig:
    """Read what `write_rig_npz` wrote.

    Raises
    ------
    UserError
        For a file that isn't such a rig.
    """
    file = Path(path)
    arrays = read_arrays(file)
    missing = {"vertices", "faces", "names", "deltas", "joints", "skin_weights"} - arrays.keys()
    if missing:
        raise UserError(
            f"“{file.name}” is not a rig: it has no “{min(missing)}”.",
            "Choose an .npz that onesculpt wrote with “apply … -o NAME.npz”.",
            code="format",
        )
    return Rig(
        name=str(arrays.get("name", file.stem)),
        vertices=arrays["vertices"].astype(np.float32),
        polygons=arrays["faces"].astype(np.int32),
        names=tuple(arrays["names"].tolist()),
        deltas=arrays["deltas"].astype(np.float32),
        uv=arrays.get("uv"),
        uv_polygons=arrays.get("uv_faces"),
        face_part=arrays["face_part"],
        part_names=tuple(arrays["part_names"].tolist()),
        source_vertex=arrays["source_vertex"],
        joint_names=tuple(arrays["joint_names"].tolist()),
        joint_parents=tuple(arrays["joint_parents"].tolist()),
        joints=arrays["joints"],
        skin_weights=arrays["skin_weights"],
        correctives=_correctives(arrays),
    )


def _correctives(arrays: dict[str, NDArray[Any]]) -> tuple[Corrective, ...]:
    if "corrective_names" not in arrays:
        return ()
    return tuple(
        Corrective(name, tuple(inputs.split("*")), deltas.astype(np.float32), formula)
        for name, inputs, formula, deltas in zip(
            arrays["corrective_names"].tolist(),
            arrays["corrective_inputs"].tolist(),
            arrays["corrective_formulas"].tolist(),
            arrays["corrective_deltas"],
            strict=True,
        )
    )
