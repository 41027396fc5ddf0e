# SPDX-License-Identifier: GPL-3.0-or-later
"""OFF, the Object File Format of Geomview, as text, with the vertex order and polygons of any size kept.

libigl and trimesh read it too, but the first sets memory aside for whatever a header claims, and both keep triangles
alone.

Source: Geomview manual, “OFF: vertices and faces”.
"""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .mesh import MAX_VERTICES, Mesh, check_corners, checked_mesh, damaged, too_large
from .polygons import cut_polygons, picked
from .text_numbers import parse_numbers, unreadable

_HEADER = re.compile(rb"\s*(?:#[^\n]*\n\s*)*(ST)?(C)?(N)?(4)?(n)?OFF\b")
_MAX_CORNERS = 1 << 16

Indices = NDArray[np.int64]


def looks_like_off(data: bytes) -> bool:
    """Whether a file's content is OFF, with or without normals, colours and UVs."""
    return _HEADER.match(data[:4096]) is not None


def read_off(path: Path, data: bytes) -> Mesh:
    """Read the content of an OFF file; normals, colours and UVs behind the coordinates are ignored.

    Raises
    ------
    UserError
        For lines that make no sense, and for a body that is shorter than the header claims.
    """
    header = _HEADER.match(data)
    if header is None or header[4] or header[5]:
        raise UserError(f"“{path.name}” is OFF of more than three dimensions.", "Export it as OBJ.", code="format")
    body = re.sub(rb"#[^\r\n]*", b"", data[header.end() :])
    lines = [words for line in body.splitlines() if (words := line.split())]
    try:
        count, faces = int(lines[0][0]), int(lines[0][1])
    except (IndexError, ValueError) as error:
        if data[header.end() :].lstrip().upper().startswith(b"BINARY"):
            raise UserError(f"“{path.name}” is binary OFF.", "Export it as OBJ.", code="format") from error
        raise damaged(path, "its header can't be read as OFF") from error
    if not 0 <= count <= MAX_VERTICES or not 0 <= faces <= 2 * MAX_VERTICES:
        raise too_large(path, f"it claims {count:,} vertices and {faces:,} polygons")
    if len(lines) < 1 + count + faces:
        raise damaged(path, f"it has {len(lines) - 1:,} of {count + faces:,} lines")
    vertices = _vertices(path, lines[1 : count + 1])
    flat, lengths = _polygons(path, lines[count + 1 : count + 1 + faces], count)
    check_corners(path, len(flat))
    slots, polygon_of = cut_polygons(vertices, flat, lengths)
    return checked_mesh(path, vertices, picked(flat, slots), polygon_of=polygon_of)


def _vertices(path: Path, lines: list[list[bytes]]) -> NDArray[np.float64]:
    """(N, 3) the leading numbers of lines."""
    try:
        return parse_numbers(b" ".join([word for words in lines for word in words[:3]]), np.float64).reshape(-1, 3)
    except ValueError as error:
        for row, words in enumerate(lines):
            try:
                parse_numbers(b" ".join(words[:3]), np.float64).reshape(3)
            except ValueError:
                raise unreadable(path, words, f"vertex {row}") from error
        raise damaged(path, "its vertices can't be read as coordinates") from error


def _polygons(path: Path, lines: list[list[bytes]], count: int) -> tuple[Indices, Indices]:
    """(C,) corners and (P,) lengths of polygons over ``count`` vertices; colours behind the corners are left out."""
    try:
        lengths = parse_numbers(b" ".join([words[0] for words in lines]), np.int64)
        if len(lengths) != len(lines) or lengths.min(initial=3) < 3 or lengths.max(initial=3) > _MAX_CORNERS:
            raise ValueError("a polygon with too few or too many corners")
        rings = [words[1 : length + 1] for words, length in zip(lines, lengths.tolist(), strict=True)]
        corners = parse_numbers(b" ".join([word for ring in rings for word in ring]), np.int64)
        if len(corners) != lengths.sum() or not 0 <= corners.min(initial=0) <= corners.max(initial=0) < count:
            raise ValueError("a corner that does not exist")
    except ValueError as error:
        raise damaged(path, f"its polygons make no sense ({error})") from error
    return corners, lengths
