# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry that a glTF file packed with Google's Draco, unpacked by DracoPy.

Source: Draco bitstream specification, sections 2 and 4 (header and connectivity); Khronos, KHR_draco_mesh_compression.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .mesh import MAX_VERTICES, damaged, too_large

_TRIANGULAR_MESH, _SEQUENTIAL, _EDGEBREAKER = 1, 0, 1
_HAS_METADATA = 0x8000
_CURRENT = (2, 2)


def read_draco(path: Path, data: bytes, names: dict[str, int]) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
    """The named attributes (n, …) of a compressed mesh, by their numbers in it, and its triangles (m, 3).

    Raises
    ------
    UserError
        When the data are broken, or claim more than a face has.
    """
    import DracoPy

    vertices, faces = _claimed_sizes(path, data)
    if vertices > 4 * MAX_VERTICES or faces > 4 * MAX_VERTICES:
        raise too_large(path, f"it has {vertices:,} vertices")
    try:
        mesh = DracoPy.decode(data)
        found = {attribute["unique_id"]: attribute["data"] for attribute in mesh.attributes}
        triangles = np.asarray(mesh.faces, np.int64).reshape(-1, 3)
    except Exception as error:
        raise damaged(path, "its compressed geometry can't be unpacked") from error
    return {name: np.array(found[number]) for name, number in names.items() if number in found}, triangles


def _claimed_sizes(path: Path, data: bytes) -> tuple[int, int]:
    """How many vertices and triangles the header of a compressed mesh announces, before memory is taken for them."""
    try:
        magic, major, minor, kind, method, flags = struct.unpack_from("<5sBBBBH", data)
        if magic != b"DRACO" or kind != _TRIANGULAR_MESH or (major, minor) != _CURRENT or flags & _HAS_METADATA:
            raise ValueError("an old form, a point cloud, or with remarks in front")
        if method == _EDGEBREAKER:
            vertices, at = _varint(data, 12)
            return vertices, _varint(data, at)[0]
        if method == _SEQUENTIAL:
            faces, at = _varint(data, 11)
            return _varint(data, at)[0], faces
        raise ValueError("an unknown method")
    except (struct.error, ValueError, IndexError) as error:
        raise damaged(path, "its compressed geometry is of no known form") from error


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte (LEB128), and where the next begins."""
    value = 0
    for place in range(5):
        value |= (data[at + place] & 0x7F) << (7 * place)
        if data[at + place] < 0x80:
            return value, at + place + 1
    raise ValueError("a number without an end")
