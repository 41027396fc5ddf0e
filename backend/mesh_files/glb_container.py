# SPDX-License-Identifier: GPL-3.0-or-later
"""The GLB container: one JSON chunk, one binary chunk, and arrays packed into accessors.

Source: Khronos, glTF 2.0 specification, sections 3.6 (binary data) and 4.4 (GLB file format).
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .mesh import damaged

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
COMPONENT_TYPES = {
    5120: np.dtype("<i1"), 5121: np.dtype("<u1"), 5122: np.dtype("<i2"),
    5123: np.dtype("<u2"), 5125: np.dtype("<u4"), 5126: np.dtype("<f4"),
}  # fmt: skip
COMPONENT_CODES = {dtype: code for code, dtype in COMPONENT_TYPES.items()}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


def split_glb(path: Path, data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON object and the binary chunk (empty when there is none) of a GLB file.

    Raises
    ------
    UserError
        When the header, a chunk length or the JSON is broken.
    """
    if len(data) < 20:
        raise damaged(path, "it ends within its header")
    magic, version, length = struct.unpack_from("<III", data)
    if magic != _MAGIC or version != 2:
        raise damaged(path, "it is not a binary glTF 2.0 file")
    if length > len(data):
        raise damaged(path, f"it has {len(data)} of {length} bytes")
    chunks: dict[int, bytes] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<II", data, at)
        if at + 8 + size > length:
            raise damaged(path, "one of its chunks is cut off")
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    try:
        document = json.loads(chunks[_JSON])
    except (KeyError, ValueError, RecursionError) as error:
        raise damaged(path, "its JSON part can't be read") from error
    if not isinstance(document, dict):
        raise damaged(path, "its JSON part is no object")
    return document, chunks.get(_BIN, b"")


def join_glb(document: dict[str, Any], binary: bytes) -> bytes:
    """The bytes of a GLB file; chunks are padded to four bytes as the format asks."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), _JSON) + text + struct.pack("<II", len(binary), _BIN) + binary
    return struct.pack("<III", _MAGIC, 2, 12 + len(chunks)) + chunks


class Packer:
    """Collects arrays as buffer views and accessors of one binary chunk."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._zeros: dict[int, int] = {}
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    @property
    def binary(self) -> bytes:
        """Everything packed so far."""
        return b"".join(self._parts)

    def view(self, data: bytes, target: int | None = None) -> int:
        """Append bytes, aligned to four, and return the index of their buffer view."""
        padding = -self._size % 4
        self._parts += [b"\0" * padding, data]
        self._size += padding
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        self._size += len(data)
        self.views.append(view)
        return len(self.views) - 1

    def array(self, values: NDArray[Any], kind: str, target: int | None = ARRAY_BUFFER, *, bounds: bool = False) -> int:
        """Append a (n,) or (n, width) array densely and return the index of its accessor."""
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        accessor: dict[str, Any] = {
            "bufferView": self.view(little.tobytes(), target),
            "componentType": COMPONENT_CODES[little.dtype],
            "count": len(values),
            "type": kind,
        }
        if bounds:
            accessor |= _bounds(values)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def sparse(self, values: NDArray[np.float32], *, bounds: bool = False) -> int:
        """Append a (n, 3) array that is mostly zero, in whichever form is smaller.

        Arrays of zeros that are equally long share an accessor. It overwrites one row by zeros, because
        some readers (Assimp) refuse the accessor without any data that the format allows here.
        """
        count = len(values)
        rows = np.flatnonzero(values.any(axis=1))
        if len(rows) == 0 and count in self._zeros:
            return self._zeros[count]
        index = (rows if len(rows) else np.zeros(1)).astype("<u4" if count > 0xFFFF else "<u2")
        if len(index) * (12 + index.itemsize) >= count * 12:
            return self.array(values, "VEC3", bounds=bounds)
        accessor: dict[str, Any] = {"componentType": 5126, "count": count, "type": "VEC3"}
        if bounds or len(rows) == 0:
            accessor |= _bounds(values)
        accessor["sparse"] = {
            "count": len(index),
            "indices": {"bufferView": self.view(index.tobytes()), "componentType": COMPONENT_CODES[index.dtype]},
            "values": {"bufferView": self.view(values[index].astype("<f4").tobytes())},
        }
        self.accessors.append(accessor)
        if len(rows) == 0:
            self._zeros[count] = len(self.accessors) - 1
        return len(self.accessors) - 1


def _bounds(values: NDArray[Any]) -> dict[str, list[float]]:
    table = values.reshape(len(values), -1)
    return {"min": table.min(axis=0).tolist(), "max": table.max(axis=0).tolist()}
