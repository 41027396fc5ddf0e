# SPDX-License-Identifier: GPL-3.0-or-later
"""A glTF file, binary or text, with its buffers and accessors.

pygltflib reads no accessor, and trimesh keeps neither the order nor the seams, ignores skins, and sets memory aside
for whatever an accessor claims.

Source: Khronos, glTF 2.0 specification, sections 3.6 (binary data) and 2.8 (URIs).
"""

import base64
import binascii
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .beside import file_beside
from .glb_container import COMPONENT_TYPES, WIDTHS, split_glb
from .mesh import damaged, too_large

_MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
_MAX_BUFFER_BYTES = 2**30


class GltfDocument:
    """The JSON object of a file and the data that it points to, read when they are asked for.

    All methods raise what Python raises for JSON that is not what the specification says (KeyError, TypeError,
    ValueError, …), and `UserError` for what can be said better.
    """

    def __init__(self, path: Path, data: bytes) -> None:
        """From the content of a .glb or .gltf file; `UserError` when it is neither."""
        self.path = path
        self._binary: bytes | None = None
        if data.startswith(b"glTF"):
            self.json, self._binary = split_glb(path, data)
        else:
            try:
                self.json: dict[str, Any] = json.loads(data.removeprefix(b"\xef\xbb\xbf"))
            except (ValueError, RecursionError) as error:
                raise damaged(path, "its JSON can't be read") from error
            if not isinstance(self.json, dict) or "asset" not in self.json:
                raise UserError(f"“{path.name}” is JSON, but no glTF.", "Export the head as GLB.", code="format")
        self._buffers: dict[int, bytes] = {}

    def list(self, name: str) -> list[dict[str, Any]]:
        """The objects of one kind, such as ``nodes``; empty when there are none."""
        found = self.json.get(name, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise TypeError(name)
        return found

    def buffer(self, number: int) -> bytes:
        """The bytes of a buffer: the file's own, a data URI's, or those of a file in the same folder."""
        if number not in self._buffers:
            self._buffers[number] = self._read_buffer(number)
        return self._buffers[number]

    def _read_buffer(self, number: int) -> bytes:
        uri = self.json["buffers"][_index(number)].get("uri")
        if uri is None:
            if number != 0 or self._binary is None:
                raise ValueError("a buffer without data")
            return self._binary
        if inline := data_uri(uri):
            return inline[1]
        file = file_beside(self.path, unquote(uri))
        if file is None:
            raise UserError(
                f"“{self.path.name}” needs “{unquote(uri)[:80]}”, which is not in its folder.",
                "Put both files into one folder, or export the head as one binary file (.glb).",
                code="missing",
            )
        if file.stat().st_size > _MAX_BUFFER_BYTES:
            raise too_large(file, f"it has {file.stat().st_size / 1e9:.1f} GB")
        return file.read_bytes()

    def view(self, number: int) -> tuple[memoryview, int | None]:
        """The bytes of a buffer view, and its stride if it has one; ValueError when it reaches past its buffer's end."""
        view = self.json["bufferViews"][_index(number)]
        packing = next((name for name in _MESHOPT if name in view.get("extensions", {})), None)
        try:
            data = self.buffer(view["buffer"])
        except ValueError:
            if packing is not None:
                raise compressed(self.path, packing) from None
            raise
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if min(start, length) < 0 or start + length > len(data):
            raise compressed(self.path, packing) if packing else ValueError("buffer view out of range")
        return memoryview(data)[start : start + length], view.get("byteStride")

    def array(self, number: int, most: int) -> NDArray[Any]:
        """An accessor: (n,) or (n, width), sparse rows put in, normalised integers as floats; no longer than ``most``."""
        accessor = self.json["accessors"][_index(number)]
        dtype = COMPONENT_TYPES[accessor["componentType"]]
        width, count = WIDTHS[accessor["type"]], int(accessor["count"])
        if not 0 <= count <= most:
            raise too_large(self.path, f"one of its arrays claims {count:,} rows")
        if "bufferView" in accessor:
            values = self._rows(accessor, dtype, width, count)
        else:
            values = np.zeros((count, width), dtype)
        if sparse := accessor.get("sparse"):
            n = int(sparse["count"])
            at = self._rows(sparse["indices"], COMPONENT_TYPES[sparse["indices"]["componentType"]], 1, n)
            values[at[:, 0]] = self._rows(sparse["values"], dtype, width, n)
        return normalized(accessor, values[:, 0] if width == 1 else values)

    def _rows(self, place: dict[str, Any], dtype: np.dtype[Any], width: int, count: int) -> NDArray[Any]:
        """(count, width) rows of a buffer view; ValueError when they reach past its end.

        Columns of matrices of one or two bytes are padded to four (3.6.2.4); only those of inverse bind matrices,
        which are floats, are read here.
        """
        data, stride = self.view(place["bufferView"])
        row = dtype.itemsize * width
        step = row if stride is None else int(stride)
        start = int(place.get("byteOffset", 0))
        if count < 0 or start < 0 or step < row or (count and start + step * (count - 1) + row > len(data)):
            raise ValueError("accessor out of range")
        return np.ndarray((count, width), dtype, data, start, (step, dtype.itemsize)).copy()


def _index(number: object) -> int:
    """A number that may index a list; no negative one, which Python would count from the end."""
    if not isinstance(number, int) or number < 0:
        raise IndexError(number)
    return number


def normalized(accessor: dict[str, Any], values: NDArray[Any]) -> NDArray[Any]:
    """Values of an accessor as it says they are meant: integers that stand for fractions as floats (3.6.2.2)."""
    if accessor.get("normalized") and values.dtype.kind in "iu":
        return np.maximum(values / np.iinfo(values.dtype).max, -1.0)
    return values


def data_uri(uri: str) -> tuple[str, bytes] | None:
    """Media type and content of a base64 data URI; None for other URIs, ValueError for a broken one."""
    if not uri.startswith("data:"):
        return None
    head, _, body = uri.partition(",")
    if not head.endswith(";base64"):
        raise ValueError("a data URI of another form")
    try:
        return head[5:].partition(";")[0], base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ValueError("a broken data URI") from error


def compressed(path: Path, extension: str) -> UserError:
    """The error of a file whose geometry is packed in a way that can't be read."""
    return UserError(
        f"“{path.name}” is compressed ({extension}).",
        "Export it again with mesh compression switched off.",
        code="format",
    )
