# SPDX-License-Identifier: GPL-3.0-or-later
"""Stanford PLY, ascii and binary, read with the vertex order and the quads kept.

plyfile keeps both too, but walks through the polygons one by one and sets memory aside for whatever a header
claims; trimesh cuts quads.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .mesh import MAX_VERTICES, Mesh, checked_mesh, damaged, fans, too_large
from .obj import parse_numbers

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
_CORNERS = ("vertex_indices", "vertex_index")
_MAX_CORNERS = 255


@dataclass
class _Property:
    name: str
    type: np.dtype[Any]
    count_type: np.dtype[Any] | None = None
    """Type of the length in front of a list; None for a single number."""


@dataclass
class _Element:
    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)


def read_ply(path: Path, data: bytes) -> Mesh:
    """Read the content of a PLY file; UVs are taken from the vertices (s, t or u, v).

    Raises
    ------
    UserError
        For a header that makes no sense and for a body that is shorter than the header claims.
    """
    elements, is_text, start = _header(path, data)
    body = data[start:]
    if is_text:
        try:
            body = parse_numbers(body, np.float64).tobytes()
        except ValueError as error:
            raise damaged(path, "something in it is no number") from error
    vertex: dict[str, NDArray[np.float64]] = {}
    polygons = np.empty((0, 4), np.int64)
    at = 0
    for element in elements:
        try:
            if all(p.count_type is None for p in element.properties):
                dtype = np.dtype([(p.name, p.type) for p in element.properties])
                table = _take(body, dtype, element.count, at)
                at += table.nbytes
                if element.name == "vertex":
                    vertex = {p.name: table[p.name].astype(np.float64) for p in element.properties}
            else:
                found, at = _polygons(element, body, at)
                polygons = found if element.name == "face" else polygons
        except (ValueError, IndexError, OverflowError) as error:
            raise damaged(path, f"its list of {element.name} is cut off or broken") from error
    if is_text and at < len(body):
        raise damaged(path, "it holds more numbers than its header names")
    if not {"x", "y", "z"} <= vertex.keys():
        raise UserError(f"“{path.name}” has no vertex positions.", "Export a mesh as PLY and try again.", code="format")
    positions = np.stack([vertex[axis] for axis in "xyz"], axis=1)
    for u, v in _UV_NAMES:
        if u in vertex and v in vertex:
            return checked_mesh(path, positions, polygons, np.stack([vertex[u], vertex[v]], axis=1), polygons)
    return checked_mesh(path, positions, polygons)


def _header(path: Path, data: bytes) -> tuple[list[_Element], bool, int]:
    """Elements, whether the body is text, and where it starts; numbers of a text are read as doubles."""
    end = data.find(b"end_header", 0, 1 << 16)
    line_end = data.find(b"\n", end)
    if end < 0 or line_end < 0:
        raise damaged(path, "its header has no end")
    order: str | None = None
    elements: list[_Element] = []

    def kind(name: str) -> np.dtype[Any]:
        code = _TYPES[name]
        return np.dtype("f8" if order == "" else (order or "<") + code)

    try:
        for line in data[:end].decode("ascii", "replace").splitlines()[1:]:
            words = line.split()
            if not words or words[0] in ("comment", "obj_info"):
                continue
            if words[0] == "format":
                order = _ORDERS[words[1]]
            elif words[0] == "element":
                elements.append(_Element(words[1], int(words[2])))
            elif words[0] == "property" and words[1] == "list":
                elements[-1].properties.append(_Property(words[4], kind(words[3]), kind(words[2])))
            elif words[0] == "property":
                elements[-1].properties.append(_Property(words[2], kind(words[1])))
            else:
                raise ValueError(words[0])
    except (KeyError, IndexError, ValueError) as error:
        raise damaged(path, "its header can't be read as PLY") from error
    if order is None:
        raise damaged(path, "its header names no format")
    for element in elements:
        if not 0 <= element.count <= 2 * MAX_VERTICES:
            raise too_large(path, f"it claims {element.count:,} × {element.name}")
    return elements, not order, line_end + 1


def _polygons(element: _Element, body: bytes, at: int) -> tuple[NDArray[np.int64], int]:
    """Polygons (Q, 4) of an element with lists, and where it ends; one pass when all have equal lengths.

    More than four corners are split into fans.
    """
    corners_at = next((i for i, p in enumerate(element.properties) if p.name in _CORNERS), -1)
    first = element.properties[0]
    if element.count and len(element.properties) == 1 and corners_at == 0 and first.count_type is not None:
        corners = int(_take(body, first.count_type, 1, at)[0])
        row = np.dtype([("n", first.count_type), ("i", first.type, (corners,))])
        if corners in (3, 4) and at + row.itemsize * element.count <= len(body):
            table = _take(body, row, element.count, at)
            if (table["n"] == corners).all():
                polygons = np.full((element.count, 4), -1, np.int64)
                polygons[:, :corners] = _whole(table["i"])
                return polygons, at + table.nbytes
    rings: list[NDArray[Any]] = []
    for _ in range(element.count):
        for column, prop in enumerate(element.properties):
            length = 1
            if prop.count_type is not None:
                length = int(np.frombuffer(body, prop.count_type, 1, at)[0])
                at += prop.count_type.itemsize
            if column == corners_at:
                rings.append(_take(body, prop.type, length, at))
            at += prop.type.itemsize * length
    if not rings:
        return np.empty((0, 4), np.int64), at
    lengths = np.array([len(ring) for ring in rings])
    if not 3 <= lengths.min() <= lengths.max() <= _MAX_CORNERS:
        raise ValueError("a polygon with too few or too many corners")
    return fans(_whole(np.concatenate(rings)), lengths), at


def _take(body: bytes, dtype: np.dtype[Any], count: int, at: int) -> NDArray[Any]:
    """``count`` values from a place in the body; ValueError where it has fewer."""
    if count < 0 or at + count * dtype.itemsize > len(body):
        raise ValueError("the body is too short")
    return np.frombuffer(body, dtype, count, at) if count else np.empty(0, dtype)


def _whole(values: NDArray[Any]) -> NDArray[np.int64]:
    """The same as integers; ValueError when some aren't."""
    with np.errstate(invalid="ignore"):
        integers = values.astype(np.int64)
    if (integers != values).any():
        raise ValueError("an index is no whole number")
    return integers
