# SPDX-License-Identifier: GPL-3.0-or-later
"""The polygons of an OBJ file: corners as “v”, “v/vt”, “v//vn” or “v/vt/vn”, counted from 1 or back from the last."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .mesh import check_corners, damaged
from .text_numbers import parse_numbers

_DIGITS = b"0123456789+-"
_SLOTS = {b"": 1, b"/": 2, b"//": 3}
_LIMIT = np.iinfo(np.int32).max

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Faces:
    """P polygons with C corners in all: (C,) vertices, (C,) UVs or -1, and how many corners (P,) each has."""

    corners: Indices
    uv_corners: Indices
    lengths: Indices


def read_faces(path: Path, lines: list[bytes], which: list[int], defined: Indices, defined_uv: Indices) -> Faces:
    """The polygons of the lines ``which`` (P,), before each of which (P,) vertices and UVs were defined.

    Lines of one form (number of corners, slashes) are parsed together, which is what makes it fast; where a form
    mixes corners with and without UVs, or can't be read, line by line.

    Raises
    ------
    UserError
        With the number of a line that makes no sense.
    """
    forms: dict[tuple[int, bytes, bool], list[int]] = defaultdict(list)
    lengths = np.empty(len(which), np.int64)
    for row, number in enumerate(which):
        words = lines[number].split()
        lengths[row] = corners = len(words) - 1
        if corners < 3:
            raise damaged(path, f"line {number + 1} is a polygon with {corners} corners")
        form = b" ".join(words)
        forms[corners, form.translate(None, _DIGITS), b"//" in form].append(row)
    check_corners(path, int(lengths.sum()))
    starts = np.cumsum(lengths) - lengths
    flat, flat_uv = np.full((2, int(lengths.sum())), -1, np.int64)
    for (corners, form, skips), rows in forms.items():
        chosen = [lines[which[row]] for row in rows]
        table = None if skips and b"//" not in form else _together(chosen, corners, form, skips=skips)
        if table is None:
            table = np.array([_alone(path, which[row] + 1, lines[which[row]]) for row in rows], np.int64)
        index = _absolute(table[:, :, 0], defined[rows][:, None])
        if (index < 0).any():
            row = rows[int(np.flatnonzero((index < 0).any(axis=1))[0])]
            raise damaged(path, f"line {which[row] + 1} refers to a vertex that does not exist")
        places = starts[rows][:, None] + np.arange(corners)
        flat[places] = index
        flat_uv[places] = _absolute(table[:, :, 1], defined_uv[rows][:, None])
    if flat.max(initial=0) > _LIMIT:
        raise damaged(path, f"a polygon refers to vertex {flat.max()}")
    return Faces(flat, np.minimum(flat_uv, _LIMIT), lengths)


def _together(lines: list[bytes], corners: int, form: bytes, *, skips: bool) -> Indices | None:
    """(k, corners, 2) vertex and UV (0: none) of lines of one form; None where it isn't the same for all corners."""
    slashes = form[2:].split(b" ")
    if len(slashes) != corners or len(set(slashes)) != 1 or slashes[0] not in _SLOTS:
        return None
    slots = _SLOTS[slashes[0]]
    if skips:  # every corner, or it is no form of its own
        if any(line.count(b"//") != corners for line in lines):
            return None
        slots = 2
    try:
        numbers = parse_numbers(b" ".join([line[2:] for line in lines]).replace(b"/", b" "), np.int64)
        table = numbers.reshape(len(lines), corners, slots)
    except ValueError:
        return None
    return np.stack([table[:, :, 0], table[:, :, 1] if slots > 1 and not skips else 0 * table[:, :, 0]], axis=2)


def _alone(path: Path, number: int, line: bytes) -> list[tuple[int, int]]:
    """Vertex and UV (0: none) of each corner of one line."""
    found: list[tuple[int, int]] = []
    for word in line.split()[1:]:
        parts = word.split(b"/")
        try:
            vertex, uv = int(parts[0]), int(parts[1]) if len(parts) > 1 and parts[1] else 0
        except ValueError as error:
            raise damaged(path, f"line {number} can't be read as a polygon") from error
        if len(parts) > 3 or max(abs(vertex), abs(uv)) > _LIMIT:
            raise damaged(path, f"line {number} can't be read as a polygon")
        found.append((vertex, uv))
    return found


def _absolute(index: Indices, defined: Indices) -> Indices:
    """OBJ's one-based or negative (relative) indices as zero-based ones; nonsense becomes -1."""
    return np.maximum(np.where(index < 0, defined + index, index - 1), -1)
