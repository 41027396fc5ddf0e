# SPDX-License-Identifier: GPL-3.0-or-later
"""Stanford PLY, ascii and binary, read with the vertex order and the quads kept."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .mesh import MAX_VERTICES, Mesh, checked_mesh, damaged, too_large

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
_MAX_CORNERS = 255


@dataclass
class _Property:
    name: str
    type: str
    count_type: str | None = None
    """Type of the length in front of a list; None for a single number."""


@dataclass
class _Element:
    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)

    def is_flat(self) -> bool:
        return all(p.count_type is None for p in self.properties)


def read_ply(path: Path, data: bytes) -> Mesh:
    """Read the content of a PLY file; UVs are taken from the vertices (s, t or u, v).

    Raises
    ------
    UserError
        For a header that makes no sense and for a body that is shorter than the header claims.
    """
    elements, order, start = _header(path, data)
    if order == "ascii":
        columns = _ascii_body(path, elements, data[start:])
    else:
        columns = _binary_body(path, elements, data[start:], order)
    vertex = columns.get("vertex", {})
    if not {"x", "y", "z"} <= vertex.keys():
        raise UserError(
            f"“{path.name}” has no vertex positions.", "Export a mesh as PLY and try again.",
            code="format",
        )  # fmt: skip
    positions = np.stack([vertex[axis] for axis in "xyz"], axis=1)
    face = columns.get("face", {})
    polygons = face.get("vertex_indices", face.get("vertex_index", np.empty((0, 4), np.int64)))
    for u, v in _UV_NAMES:
        if u in vertex and v in vertex:
            return checked_mesh(path, positions, polygons, np.stack([vertex[u], vertex[v]], axis=1), polygons)
    return checked_mesh(path, positions, polygons)


def _header(path: Path, data: bytes) -> tuple[list[_Element], str, int]:
    """Elements, byte order ("ascii", "<" or ">") and where the body starts."""
    end = data.find(b"end_header", 0, 1 << 16)
    line_end = data.find(b"\n", end)
    if end < 0 or line_end < 0:
        raise damaged(path, "its header has no end")
    order = ""
    elements: list[_Element] = []
    try:
        for line in data[:end].decode("ascii", "replace").splitlines()[1:]:
            words = line.split()
            if not words or words[0] in ("comment", "obj_info"):
                continue
            if words[0] == "format":
                order = {"ascii": "ascii", "binary_little_endian": "<", "binary_big_endian": ">"}[words[1]]
            elif words[0] == "element":
                elements.append(_Element(words[1], int(words[2])))
            elif words[0] == "property" and words[1] == "list":
                elements[-1].properties.append(_Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
            elif words[0] == "property":
                elements[-1].properties.append(_Property(words[2], _TYPES[words[1]]))
            else:
                raise ValueError(words[0])
    except (KeyError, IndexError, ValueError) as error:
        raise damaged(path, "its header can't be read as PLY") from error
    if not order:
        raise damaged(path, "its header names no format")
    for element in elements:
        if not 0 <= element.count <= 2 * MAX_VERTICES:
            raise too_large(path, f"it claims {element.count:,} × {element.name}")
    return elements, order, line_end + 1


def _ascii_body(path: Path, elements: list[_Element], body: bytes) -> dict[str, dict[str, NDArray[Any]]]:
    lines = [line for line in body.splitlines() if line.strip()]
    columns: dict[str, dict[str, NDArray[Any]]] = {}
    for element in elements:
        own, lines = lines[: element.count], lines[element.count :]
        if len(own) < element.count:
            raise damaged(path, f"it has {len(own)} of {element.count} × {element.name}")
        try:
            if element.is_flat():
                table = np.array([line.split() for line in own], np.float64)
                table = table.reshape(len(own), -1) if own else np.empty((0, len(element.properties)))
                names = [p.name for p in element.properties]
                if table.shape[1] != len(names):
                    raise ValueError("columns")
                columns[element.name] = {n: table[:, i] for i, n in enumerate(names)}
            elif element.name == "face":
                columns["face"] = {"vertex_indices": _ascii_faces(element, own)}
        except ValueError as error:
            raise damaged(path, f"its {element.name} lines can't be read") from error
    return columns


def _ascii_faces(element: _Element, lines: list[bytes]) -> NDArray[np.int64]:
    rings: list[list[int]] = []
    for line in lines:
        words = line.split()
        at = 0
        for prop in element.properties:
            length = 1 if prop.count_type is None else int(words[at])
            at += prop.count_type is not None
            if prop.name in ("vertex_indices", "vertex_index"):
                rings.append([int(w) for w in words[at : at + length]])
                if len(rings[-1]) != length:
                    raise ValueError("face cut off")
            at += length
    return _polygons(rings)


def _polygons(rings: list[list[int]]) -> NDArray[np.int64]:
    """Corner lists as (Q, 4); more than four corners are split into fans."""
    rows: list[list[int]] = []
    for ring in rings:
        if len(ring) < 3 or len(ring) > _MAX_CORNERS:
            raise ValueError(f"a polygon has {len(ring)} corners")
        if len(ring) <= 4:
            rows.append(ring if len(ring) == 4 else [*ring, -1])
        else:
            rows += [[ring[0], ring[i], ring[i + 1], -1] for i in range(1, len(ring) - 1)]
    return np.array(rows, np.int64).reshape(-1, 4)


def _binary_body(
    path: Path, elements: list[_Element], body: bytes, order: str
) -> dict[str, dict[str, NDArray[Any]]]:
    columns: dict[str, dict[str, NDArray[Any]]] = {}
    at = 0
    for element in elements:
        try:
            if element.is_flat():
                dtype = np.dtype([(p.name, order + p.type) for p in element.properties])
                table = np.frombuffer(body, dtype, element.count, at) if element.count else (
                    np.empty(0, dtype)
                )  # fmt: skip
                at += dtype.itemsize * element.count
                columns[element.name] = {p.name: table[p.name].astype(np.float64) for p in element.properties}
            else:
                polygons, at = _binary_lists(element, body, at, order)
                if element.name == "face":
                    columns["face"] = {"vertex_indices": polygons}
        except (ValueError, IndexError) as error:
            raise damaged(path, f"its list of {element.name} is cut off or broken") from error
    return columns


def _binary_lists(element: _Element, body: bytes, at: int, order: str) -> tuple[NDArray[np.int64], int]:
    """Polygons of an element with lists and where it ends; one pass when all lengths agree."""
    ring_at = next(
        (i for i, p in enumerate(element.properties) if p.name in ("vertex_indices", "vertex_index")),
        -1,
    )
    if element.count and len(element.properties) == 1 and ring_at == 0:
        prop = element.properties[0]
        count_type, index_type = np.dtype(order + str(prop.count_type)), np.dtype(order + prop.type)
        corners = int(np.frombuffer(body, count_type, 1, at)[0])
        row = np.dtype([("n", count_type), ("i", index_type, (corners,))])
        if corners in (3, 4) and at + row.itemsize * element.count <= len(body):
            table = np.frombuffer(body, row, element.count, at)
            if (table["n"] == corners).all():
                index = table["i"].astype(np.int64)
                if corners == 3:
                    index = np.concatenate([index, np.full((len(index), 1), -1)], axis=1)
                return index, at + row.itemsize * element.count
    rings: list[list[int]] = []
    for _ in range(element.count):
        for column, prop in enumerate(element.properties):
            length = 1
            if prop.count_type is not None:
                count_type = np.dtype(order + prop.count_type)
                length = int(np.frombuffer(body, count_type, 1, at)[0])
                at += count_type.itemsize
            value_type = np.dtype(order + prop.type)
            if length:
                values = np.frombuffer(body, value_type, length, at)
                at += value_type.itemsize * length
                if column == ring_at:
                    rings.append(values.tolist())
    return (_polygons(rings) if ring_at >= 0 else np.empty((0, 4), np.int64)), at
