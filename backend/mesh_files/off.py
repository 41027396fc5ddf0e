# SPDX-License-Identifier: GPL-3.0-or-later
"""OFF, the Object File Format of Geomview, as text, with the vertex order and polygons of any size kept.

libigl and trimesh read it too, but the first sets memory aside for whatever a header claims, and both keep triangles
alone.

Source: Geomview manual, “OFF: vertices and faces”.
"""

import re
from pathlib import Path

import numpy as np

from ..errors import UserError
from .mesh import MAX_VERTICES, Mesh, checked_mesh, damaged, too_large
from .polygons import cut_polygons, picked
from .text_numbers import unreadable

_HEADER = re.compile(rb"\s*(?:#[^\n]*\n\s*)*(ST)?(C)?(N)?(4)?(n)?OFF\b")
_MAX_CORNERS = 1 << 16


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
    vertices = np.empty((count, 3))
    for row, words in enumerate(lines[1 : count + 1]):
        try:
            vertices[row] = np.array([float(word) for word in words[:3]]).reshape(3)
        except ValueError as error:
            raise unreadable(path, words, f"vertex {row}") from error
    corners: list[int] = []
    lengths = np.empty(faces, np.int64)
    for row, words in enumerate(lines[count + 1 : count + 1 + faces]):
        try:
            length = int(words[0])
            ring = [int(word) for word in words[1 : length + 1]]
        except ValueError as error:
            raise damaged(path, f"polygon {row} can't be read") from error
        if not 3 <= length <= _MAX_CORNERS or len(ring) != length or not 0 <= min(ring) <= max(ring) < count:
            raise damaged(path, f"polygon {row} refers to what does not exist, or has too few corners")
        corners += ring
        lengths[row] = length
    flat = np.array(corners, np.int64)
    slots, polygon_of = cut_polygons(vertices, flat, lengths)
    return checked_mesh(path, vertices, picked(flat, slots), polygon_of=polygon_of)
