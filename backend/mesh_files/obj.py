# SPDX-License-Identifier: GPL-3.0-or-later
"""Wavefront OBJ, read and written with the vertex order, the quads and the UVs kept.

trimesh cuts quads and merges corners, and libigl wants all polygons alike and names no line that is wrong; a
morphable model can't live with the first, nor an artist with the second.
"""

import os
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import atomic_write
from .mesh import MAX_VERTICES, Mesh, checked_mesh, damaged, fans, too_large


def read_obj(path: Path, data: bytes) -> Mesh:
    """Read the content of an OBJ file.

    All objects and groups of the file become one mesh; normals, materials and colours behind the
    coordinates are ignored; polygons with more than four corners are split into fans.

    Raises
    ------
    UserError
        For lines that can't be read (with the line's number) and for indices out of range.
    """
    lines = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").splitlines()
    vertex_lines: list[int] = []
    uv_lines: list[int] = []
    face_lines: list[int] = []
    vertices_so_far: list[int] = []
    for number, line in enumerate(lines):
        head = line[:2]
        if head in (b"v ", b"v\t"):
            vertex_lines.append(number)
        elif head == b"vt":
            uv_lines.append(number)
        elif head in (b"f ", b"f\t"):
            face_lines.append(number)
            vertices_so_far.append((len(vertex_lines) << 32) | len(uv_lines))
        elif head[:1] in b" \t" and line.strip():
            raise damaged(path, f"line {number + 1} can't be read as OBJ")
    if len(vertex_lines) > MAX_VERTICES or len(face_lines) > 2 * MAX_VERTICES:
        raise too_large(path, f"it has {len(vertex_lines):,} vertices")
    vertices = _numbers(path, lines, vertex_lines, skip=1, columns=3)
    uv = _numbers(path, lines, uv_lines, skip=2, columns=2)
    polygons, uv_polygons = _faces(path, lines, face_lines, np.array(vertices_so_far, np.int64))
    has_uv = len(uv) > 0 and len(uv_polygons) > 0 and bool((uv_polygons[:, :3] >= 0).all())
    if has_uv:
        return checked_mesh(path, vertices, polygons, uv, uv_polygons)
    return checked_mesh(path, vertices, polygons)


def obj_positions(data: bytes) -> NDArray[np.float64]:
    """(N, 3) the positions alone, for files by the hundred whose “v” lines stand together and hold three numbers.

    All go through one call, ten times as fast as `read_obj`. ValueError where they can't be read.
    """
    first, last = data.find(b"\nv ") + 1, data.rfind(b"\nv ") + 1
    if first == 0:
        raise ValueError("no vertices")
    end = data.find(b"\n", last)
    return parse_numbers(data[first : end if end >= 0 else len(data)].replace(b"v", b" "), np.float64).reshape(-1, 3)


def obj_groups(data: bytes) -> list[str]:
    """The group that each polygon of an OBJ file is in, by its first name; empty before the first group."""
    group, groups = "", []
    for line in data.decode("utf-8", "replace").splitlines():
        keyword, *words = line.split(maxsplit=2) or [""]
        if keyword == "g":
            group = words[0] if words else ""
        elif keyword == "f":
            groups.append(group)
    return groups


def parse_numbers(text: bytes, dtype: type) -> NDArray[Any]:
    """All numbers of a text; ValueError when something in it is no number."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(text, dtype=dtype, sep=" ")
        except DeprecationWarning as error:
            raise ValueError("not a number") from error


def _numbers(path: Path, lines: list[bytes], which: list[int], skip: int, columns: int) -> NDArray[np.float64]:
    """(len(which), columns) float64: the leading numbers of those lines, extra columns dropped."""
    if not which:
        return np.empty((0, columns))
    widths = {len(lines[number].split()) - 1 for number in which}
    if len(widths) == 1 and min(widths) >= columns:
        try:
            table = parse_numbers(b" ".join([lines[number][skip:] for number in which]), np.float64)
            return table.reshape(len(which), min(widths))[:, :columns]
        except ValueError:
            pass
    table = np.empty((len(which), columns))
    for row, number in enumerate(which):  # the slow way, for ragged files, finds the line that can't be read
        try:
            table[row] = [_number(word) for word in lines[number].split()[1 : columns + 1]]
        except ValueError as error:
            raise damaged(path, f"line {number + 1} can't be read as coordinates") from error
    return table


def _number(word: bytes) -> float:
    # Windows programs write a broken number as -nan(ind) or 1.#INF; it is found as not finite later.
    return float("nan") if b"nan" in word.lower() or b"#" in word else float(word)


def _faces(
    path: Path, lines: list[bytes], which: list[int], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(Q, 4) corners and (Q, 4) UV corners (-1 where a corner has none), in the file's order.

    Lines are parsed together by form (number of corners, slashes), which is what makes it fast.
    """
    groups: dict[tuple[int, int, bool], list[int]] = defaultdict(list)
    lengths = np.empty(len(which), np.int64)
    for row, number in enumerate(which):
        words = lines[number].split()
        lengths[row] = corners = len(words) - 1
        if corners < 3:
            raise damaged(path, f"line {number + 1} is a polygon with {corners} corners")
        groups[corners, words[1].count(b"/"), b"//" in words[1]].append(row)
    starts = np.cumsum(lengths) - lengths
    flat, flat_uv = np.full((2, int(lengths.sum())), -1, np.int64)
    for (corners, slashes, no_uv), rows in groups.items():
        slots = 2 if no_uv else slashes + 1
        text = b" ".join([lines[which[row]][2:] for row in rows]).replace(b"/", b" ")
        try:
            table = parse_numbers(text, np.int64).reshape(len(rows), corners, slots)
        except ValueError as error:
            first = which[rows[0]] + 1
            raise damaged(path, f"a polygon at or after line {first} can't be read") from error
        index = _absolute(table[:, :, 0], (counts[rows] >> 32)[:, None])
        if (index < 0).any():
            row = rows[int(np.flatnonzero((index < 0).any(axis=1))[0])]
            raise damaged(path, f"line {which[row] + 1} refers to a vertex that does not exist")
        places = starts[rows][:, None] + np.arange(corners)
        flat[places] = index
        if slots > 1 and not no_uv:
            flat_uv[places] = _absolute(table[:, :, 1], (counts[rows] & 0xFFFFFFFF)[:, None])
    polygons, uv_polygons = fans(flat, lengths), fans(flat_uv, lengths)
    limit = np.iinfo(np.int32).max
    if polygons.max(initial=0) > limit:
        raise damaged(path, f"a polygon refers to vertex {polygons.max()}")
    return polygons.astype(np.int32), np.minimum(uv_polygons, limit).astype(np.int32)


def _absolute(index: NDArray[np.int64], defined: NDArray[np.int64]) -> NDArray[np.int64]:
    """OBJ's one-based or negative (relative) indices as zero-based ones; nonsense becomes -1."""
    return np.maximum(np.where(index < 0, defined + index, index - 1), -1)


def write_obj(
    path: str | os.PathLike[str],
    vertices: NDArray[np.floating],
    polygons: NDArray[np.int32],
    uv: NDArray[np.float32] | None = None,
    uv_polygons: NDArray[np.int32] | None = None,
    *,
    name: str = "face",
    face_part: NDArray[np.uint8] | None = None,
    part_names: tuple[str, ...] = (),
) -> None:
    """Write vertices (N, 3) in metres and polygons (Q, 4) in the given order, parts as groups.

    Coordinates carry nine significant digits, so that float32 values come back bit for bit.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    out = [f"# Onesculpt; metres, +Y up\no {_one_line(name)}\n"]
    out += [f"v {x:.9g} {y:.9g} {z:.9g}\n" for x, y, z in np.asarray(vertices).tolist()]
    corners = (np.asarray(polygons) + 1).tolist()
    if uv is not None and uv_polygons is not None:
        out += [f"vt {u:.9g} {v:.9g}\n" for u, v in np.asarray(uv).tolist()]
        uv_corners = (np.asarray(uv_polygons) + 1).tolist()
        faces = [
            "f " + " ".join([f"{a}/{b}" for a, b in zip(row, uv_row, strict=True) if a > 0]) + "\n"
            for row, uv_row in zip(corners, uv_corners, strict=True)
        ]
    else:
        faces = ["f " + " ".join([str(a) for a in row if a > 0]) + "\n" for row in corners]
    previous = None
    for row, line in enumerate(faces):
        part = None if face_part is None else int(face_part[row])
        if part is not None and part != previous:
            out.append(f"g {_one_line(part_names[part])}\n")
            previous = part
        out.append(line)
    with atomic_write(path) as temporary:
        temporary.write_text("".join(out), encoding="utf-8")


def _one_line(name: str) -> str:
    return "_".join(name.split()) or "face"
