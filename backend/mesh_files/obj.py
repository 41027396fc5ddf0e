# SPDX-License-Identifier: GPL-3.0-or-later
"""Wavefront OBJ, read and written with the vertex order, the quads and the UVs kept.

trimesh cuts quads and merges corners, and libigl wants all polygons alike and names no line that is wrong; a
morphable model can't live with the first, nor an artist with the second.
"""

import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..files import atomic_write
from .mesh import MAX_VERTICES, Mesh, checked_mesh, too_large
from .mtl import read_materials
from .obj_faces import read_faces
from .polygons import cut_polygons, picked, rings
from .text_numbers import parse_numbers, unreadable


def read_obj(path: Path, data: bytes) -> Mesh:
    """Read the content of an OBJ file.

    All objects and groups of the file become one mesh; normals and colours behind the coordinates are ignored.
    Materials come from the libraries in the file's folder.

    Raises
    ------
    UserError
        For lines that can't be read (with the line's number) and for indices out of range.
    """
    lines = _logical_lines(data)
    vertex_lines: list[int] = []
    uv_lines: list[int] = []
    face_lines: list[int] = []
    defined: list[int] = []
    defined_uv: list[int] = []
    libraries: list[str] = []
    material_of: list[int] = []
    materials: dict[str, int] = {}
    material = -1
    for number, line in enumerate(lines):
        head = line[:2]
        if head in (b"v ", b"v\t"):
            vertex_lines.append(number)
        elif head == b"vt":
            uv_lines.append(number)
        elif head in (b"f ", b"f\t"):
            face_lines.append(number)
            defined.append(len(vertex_lines))
            defined_uv.append(len(uv_lines))
            material_of.append(material)
        elif head == b"us" and line.startswith(b"usemtl"):
            material = materials.setdefault(_rest(line), len(materials))
        elif head == b"mt" and line.startswith(b"mtllib"):
            libraries.append(_rest(line))
    if len(vertex_lines) > MAX_VERTICES or len(face_lines) > 2 * MAX_VERTICES:
        raise too_large(path, f"it has {len(vertex_lines):,} vertices")
    vertices = _numbers(path, lines, vertex_lines, skip=1, columns=3)
    uv = _numbers(path, lines, uv_lines, skip=2, columns=2)
    faces = read_faces(path, lines, face_lines, np.array(defined, np.int64), np.array(defined_uv, np.int64))
    slots, polygon_of = cut_polygons(vertices, faces.corners, faces.lengths)
    found, notes = read_materials(path, list(dict.fromkeys(libraries)), list(materials)) if materials else ((), ())
    owner = np.arange(len(slots)) if polygon_of is None else polygon_of
    return checked_mesh(
        path,
        vertices,
        picked(faces.corners, slots),
        uv if len(uv) else None,
        picked(faces.uv_corners, slots) if len(uv) else None,
        polygon_of=polygon_of,
        materials=found,
        face_material=np.array(material_of, np.int32)[owner],
        notes=notes,
    )


def _logical_lines(data: bytes) -> list[bytes]:
    """The lines of a file without indentation and remarks, continued ones joined; each where it starts in the file."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    lines = text.splitlines()
    if text[:1].isspace() or any(start in text for start in (b"\n ", b"\n\t", b"\r ", b"\r\t")):
        lines = [line.lstrip() for line in lines]
    if b"\\\n" in data or b"\\\r" in data:
        for number in reversed(range(len(lines) - 1)):
            if lines[number].endswith(b"\\"):
                lines[number], lines[number + 1] = lines[number][:-1] + b" " + lines[number + 1], b""
    if b" #" in data or b"\t#" in data:
        lines = [re.split(rb"[ \t]#", line, maxsplit=1)[0] if b"#" in line else line for line in lines]
    return lines


def _rest(line: bytes) -> str:
    """What stands behind a line's keyword."""
    return " ".join(line.decode("utf-8", "replace").split()[1:])


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
        words = lines[number].split()[1 : columns + 1]
        if columns == 2 and len(words) == 1:
            words.append(b"0")  # a texture of one dimension
        try:
            table[row] = np.array([_number(word) for word in words]).reshape(columns)
        except ValueError as error:
            raise unreadable(path, words, f"line {number + 1}") from error
    return table


def _number(word: bytes) -> float:
    # Windows programs write a broken number as -nan(ind) or 1.#INF; it is found as not finite later.
    return float("nan") if b"nan" in word.lower() or b"#" in word else float(word)


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
    polygon_of: NDArray[np.integer] | None = None,
) -> None:
    """Write vertices (N, 3) in metres and polygons (Q, 4) in the given order, parts as groups.

    Rows of one polygon, as ``polygon_of`` (Q,) tells them, are written as this polygon.

    Coordinates carry nine significant digits, so that float32 values come back bit for bit.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    out = [f"# Onesculpt; metres, +Y up\no {_one_line(name)}\n"]
    out += [f"v {x:.9g} {y:.9g} {z:.9g}\n" for x, y, z in np.asarray(vertices).tolist()]
    corners = (np.asarray(polygons) + 1).tolist()
    uv_corners = None
    if uv is not None and uv_polygons is not None:
        out += [f"vt {u:.9g} {v:.9g}\n" for u, v in np.asarray(uv).tolist()]
        uv_corners = (np.asarray(uv_polygons) + 1).tolist()
    previous = None
    for ring in rings(polygons, polygon_of):
        part = None if face_part is None else int(face_part[ring[0][0]])
        if part is not None and part != previous:
            out.append(f"g {_one_line(part_names[part])}\n")
            previous = part
        if uv_corners is None:
            words = [str(corners[row][column]) for row, column in ring]
        else:
            words = [f"{corners[row][column]}/{uv_corners[row][column]}" for row, column in ring]
        out.append("f " + " ".join(words) + "\n")
    with atomic_write(path) as temporary:
        temporary.write_text("".join(out), encoding="utf-8")


def _one_line(name: str) -> str:
    return "_".join(name.split()) or "face"
