# SPDX-License-Identifier: GPL-3.0-or-later
"""STL, binary and text: loose triangles, put together again where they have edges in common.

libigl and trimesh read it too. The first opens files by names that Windows can't give it when they hold letters
outside its code page, and both put together whatever lies on one spot, lips that touch included; what is left for a
library to do are the few lines here.

Source: 3D Systems, “Stereolithography Interface Specification”, 1989.
"""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .mesh import MAX_VERTICES, checked_mesh, damaged
from .seams import Seamed
from .text_numbers import parse_numbers, unreadable

_HEADER = 84
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_VERTEX = re.compile(rb"^\s*vertex\s+(.*?)\s*$", re.IGNORECASE | re.MULTILINE)


def looks_like_stl(data: bytes) -> bool:
    """Whether a file's content is STL; the binary form may begin with “solid”, as the other one does."""
    return _is_binary(data) or data[:6].lower() in {b"solid ", b"solid\n", b"solid\r"}


def read_stl(path: Path, data: bytes) -> Seamed:
    """Read the content of an STL file.

    Raises
    ------
    UserError
        For files that are cut off, too large, or hold no coordinates.
    """
    corners = _binary_corners(data) if _is_binary(data) else _text_corners(path, data)
    triangles = np.arange(len(corners)).reshape(-1, 3)
    return Seamed(path, checked_mesh(path, corners, triangles, most=6 * MAX_VERTICES))


def _is_binary(data: bytes) -> bool:
    if len(data) < _HEADER:
        return False
    count = int.from_bytes(data[80:_HEADER], "little")
    size = _HEADER + _TRIANGLE.itemsize * count
    # Some programs pad the end, but a text's letters at this place announce a thousand million triangles.
    return size == len(data) or (size < len(data) and not data[:6].lower().startswith(b"solid"))


def _binary_corners(data: bytes) -> NDArray[np.float64]:
    count = int.from_bytes(data[80:_HEADER], "little")
    table = np.frombuffer(data, _TRIANGLE, count, _HEADER) if count else np.empty(0, _TRIANGLE)
    with np.errstate(invalid="ignore"):  # what is no number is refused with the mesh
        return table["corners"].reshape(-1, 3).astype(np.float64)


def _text_corners(path: Path, data: bytes) -> NDArray[np.float64]:
    lines = _VERTEX.findall(data)
    facets = len(re.findall(rb"^\s*facet\b", data, re.IGNORECASE | re.MULTILINE))
    if len(lines) != 3 * facets or b"endsolid" not in data[-1000:].lower():
        raise damaged(path, f"it has {facets:,} triangles, but {len(lines):,} corners, or no end")
    try:
        return parse_numbers(b" ".join(lines), np.float64).reshape(len(lines), 3)
    except ValueError as error:
        for number, line in enumerate(lines):
            try:
                parse_numbers(line, np.float64).reshape(3)
            except ValueError:
                raise unreadable(path, line.split(), f"vertex {number + 1}") from error
        raise damaged(path, "its vertices can't be read as coordinates") from error
