# SPDX-License-Identifier: GPL-3.0-or-later
"""Stanford PLY, ascii and binary, read with the vertex order and the quads kept.

plyfile keeps both too, but walks through the polygons one by one and sets memory aside for whatever a header
claims; trimesh cuts quads. Neither reads strips.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .mesh import MAX_VERTICES, Mesh, check_corners, checked_mesh, damaged, too_large
from .polygons import STRIP, assembled, cut_polygons, halves, picked
from .seams import Seamed
from .text_numbers import parse_numbers, unreadable
from .welding import known_doubles

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
_CORNERS = ("vertex_indices", "vertex_index")
_MAX_CORNERS = 255

Indices = NDArray[np.int64]


@dataclass
class _Property:
    name: str
    type: np.dtype[Any]
    count_type: np.dtype[Any] | None = None
    """Type of the length in front of a list; None for a single number."""


@dataclass(frozen=True, eq=False)
class _Lists:
    """Lists one after the other: all their values, and how long each is."""

    values: NDArray[Any] = field(default_factory=lambda: np.empty(0, np.int64))
    lengths: Indices = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, eq=False)
class _Faces:
    """Polygons: (C,) vertices of their corners, (P,) lengths, and (C, 2) UVs of the corners if they have their own."""

    corners: Indices = field(default_factory=lambda: np.empty(0, np.int64))
    lengths: Indices = field(default_factory=lambda: np.empty(0, np.int64))
    uv: NDArray[np.float64] | None = None


@dataclass
class _Element:
    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)


def read_ply(path: Path, data: bytes) -> Mesh | Seamed:
    """Read the content of a PLY file.

    UVs are taken from the polygons' corners (texcoord) or from the vertices (s, t or u, v). In the latter case the
    file had to double the vertices of UV seams.

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
            wrong = unreadable(path, body.split(), "its body")
            raise (wrong if wrong.code == "format" else damaged(path, "something in it is no number")) from error
    vertex: dict[str, NDArray[np.float64]] = {}
    faces = _Faces()
    at = 0
    for element in elements:
        try:
            if all(p.count_type is None for p in element.properties):
                dtype = np.dtype([(p.name, p.type) for p in element.properties])
                table = _take(body, dtype, element.count, at)
                at += table.nbytes
                if element.name == "vertex":
                    with np.errstate(invalid="ignore"):  # what is no number is refused with the mesh
                        vertex = {p.name: table[p.name].astype(np.float64) for p in element.properties}
                continue
            lists, at = _lists(element, body, at)
            if element.name == "face":
                faces = _faces(lists)
            elif element.name == "tristrips":
                faces = _strips(lists)
        except (ValueError, IndexError, OverflowError) as error:
            raise damaged(path, f"its list of {element.name} is cut off or broken") from error
    if is_text and at < len(body):
        raise damaged(path, "it holds more numbers than its header names")
    if not {"x", "y", "z"} <= vertex.keys():
        raise UserError(f"“{path.name}” has no vertex positions.", "Export a mesh as PLY and try again.", code="format")
    return _mesh(path, vertex, faces)


def _mesh(path: Path, vertex: dict[str, NDArray[np.float64]], faces: _Faces) -> Mesh | Seamed:
    positions = np.stack([vertex[axis] for axis in "xyz"], axis=1)
    check_corners(path, len(faces.corners))
    slots, polygon_of = cut_polygons(positions, faces.corners, faces.lengths)
    polygons = picked(faces.corners, slots)
    if faces.uv is not None:
        return checked_mesh(path, positions, polygons, faces.uv, slots, polygon_of=polygon_of)
    names = next((pair for pair in _UV_NAMES if vertex.keys() >= set(pair)), None)
    if names is not None:
        uv = np.stack([vertex[name] for name in names], axis=1)
        whole = checked_mesh(path, positions, polygons, uv, polygons, polygon_of=polygon_of)
        return Seamed(path, whole, lambda: known_doubles(halves(polygons), positions, uv))
    return checked_mesh(path, positions, polygons, polygon_of=polygon_of)


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


def _lists(element: _Element, body: bytes, at: int) -> tuple[dict[str, _Lists], int]:
    """The rows of each list of an element, by name, and where it ends; one pass when all rows have equal lengths."""
    names = [p.name for p in element.properties if p.count_type is not None]
    found: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    if not element.count:
        return {}, at
    columns: list[tuple[Any, ...]] = []
    end = at
    for number, prop in enumerate(element.properties):
        length = 1
        if prop.count_type is not None:
            length = int(_take(body, prop.count_type, 1, end)[0])
            columns.append((f"{number} length", prop.count_type))
            end += prop.count_type.itemsize
        _take(body, prop.type, length, end)
        columns.append((f"{number}", prop.type, (length,)))
        end += prop.type.itemsize * length
    row = np.dtype(columns)
    if at + row.itemsize * element.count <= len(body):
        table = _take(body, row, element.count, at)
        if all((table[name] == table[name][0]).all() for name in table.dtype.names or () if name.endswith("length")):
            lists = {p.name: table[f"{k}"] for k, p in enumerate(element.properties) if p.count_type is not None}
            return {n: _Lists(v.ravel(), np.full(len(v), v.shape[1])) for n, v in lists.items()}, at + table.nbytes
    for _ in range(element.count):
        for prop in element.properties:
            length = 1
            if prop.count_type is not None:
                length = int(_take(body, prop.count_type, 1, at)[0])
                at += prop.count_type.itemsize
                found[prop.name].append(_take(body, prop.type, length, at))
            at += prop.type.itemsize * length
    return {n: _Lists(np.concatenate(v), np.array([len(ring) for ring in v])) for n, v in found.items()}, at


def _faces(lists: dict[str, _Lists]) -> _Faces:
    """Polygons with three corners or more, and their UVs where each corner has two numbers."""
    rings = next((lists[name] for name in _CORNERS if name in lists), None)
    if rings is None:
        return _Faces()
    if not 3 <= rings.lengths.min() <= rings.lengths.max() <= _MAX_CORNERS:
        raise ValueError("a polygon with too few or too many corners")
    uv = lists.get("texcoord")
    own = uv is not None and np.array_equal(uv.lengths, 2 * rings.lengths)
    return _Faces(
        _whole(rings.values),
        rings.lengths,
        uv.values.astype(np.float64).reshape(-1, 2) if uv is not None and own else None,
    )


def _strips(lists: dict[str, _Lists]) -> _Faces:
    """The triangles of strips, which -1 ends."""
    runs = next((lists[name] for name in _CORNERS if name in lists), _Lists())
    found = [np.empty((0, 3), np.int64)]
    for whole in np.split(_whole(runs.values), np.cumsum(runs.lengths)):
        ends = np.flatnonzero(whole < 0)
        found += [assembled(strip[strip >= 0], STRIP) for strip in np.split(whole, ends)]
    triangles = np.concatenate(found)
    return _Faces(triangles.ravel(), np.full(len(triangles), 3))


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
