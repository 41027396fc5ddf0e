# SPDX-License-Identifier: GPL-3.0-or-later
"""One self-contained HTML page on which anyone can move every slider of a rig.

Markup and viewer are the files ``review_page.html`` and ``review_page.js`` beside this one; nothing is
loaded from anywhere else, and the page's own policy forbids it.
"""

import base64
import html
import json
import os
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import atomic_write
from ..mesh.topology import split_quads, unique_edges
from ..rendering.materials import head_materials
from ..rig.rig import Rig
from .part_groups import GROUPS, group_of_polygons
from .rig_sheet import KEY_EXPRESSIONS

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Brows", ("brow",)),
    ("Gaze", ("eyeLook",)),
    ("Eyes", ("eye",)),
    ("Jaw", ("jaw",)),
    ("Cheeks and nose", ("cheek", "nose")),
    ("Tongue", ("tongue",)),
    ("Smile, frown, stretch", ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch")),
    ("Lips", ("mouth",)),
)
_MIN_DELTA = 1e-6


def write_review_page(rig: Rig, path: str | os.PathLike[str], *, others: Sequence[Rig] = ()) -> None:
    """Write a page that shows ``rig``, and ``others`` of the same topology to switch to.

    Positions are stored as 16-bit integers: the error is below 1/65,000 of the head's size, and below
    1/65,000 of the largest offset of each shape key.

    Raises
    ------
    UserError
        When the file can't be written.
    ValueError
        When the rigs differ in topology or in the names of their shape keys.
    """
    for other in others:
        if other.names != rig.names or not np.array_equal(other.polygons, rig.polygons):
            raise ValueError(f"rig {other.name!r} has another topology or other shape keys")
    header, data = encode_page_data(rig, others)
    folder = files("backend.export")
    page = folder.joinpath("review_page.html").read_text(encoding="utf-8")
    script = folder.joinpath("review_page.js").read_text(encoding="utf-8")
    parts = {
        "TITLE": html.escape(rig.name),
        # Inside a script element only "</" could end it early.
        "HEADER": json.dumps(header, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "DATA": base64.b64encode(data).decode("ascii"),
        "SCRIPT": script,
    }
    # One pass over the template, so that no mark inside a name is ever filled in.
    page = re.sub("@(TITLE|HEADER|DATA|SCRIPT)@", lambda mark: parts[mark[1]], page)
    with atomic_write(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


class _Block:
    """Arrays one after the other in one block of bytes, each aligned to four."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, values: NDArray[Any]) -> dict[str, Any]:
        """Append an array; the result says where it is, as the viewer wants to know it."""
        self.data += b"\0" * (-len(self.data) % 4)
        place = {"type": values.dtype.name, "offset": len(self.data), "length": int(values.size)}
        self.data += np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
        return place


def encode_page_data(rig: Rig, others: Sequence[Rig] = ()) -> tuple[dict[str, Any], bytes]:
    """The JSON header and the binary block that the viewer decodes.

    Vertices are doubled where parts of different colour meet (``rows`` leads back to the rig's rows).
    """
    block = _Block()
    triangles, owner = split_quads(rig.polygons)
    group = group_of_polygons(rig.face_part, rig.part_names)
    pairs = triangles.astype(np.int64) * 256 + group[owner][:, None]
    unique, index = np.unique(pairs, return_inverse=True)
    rows, index = unique // 256, index.reshape(-1, 3)
    materials = head_materials(rig.vertices, triangles, rig.face_part[owner], rig.part_names)
    opacity = np.array([g.opacity for g in GROUPS])[group[owner]]
    # What shines through has to be drawn last; colours are per triangle and so meet nowhere.
    paint = np.empty((len(rows), 4))
    paint[index.ravel()] = np.repeat(np.column_stack([materials.colors, opacity]), 3, axis=0)
    index = index[np.argsort(opacity < 1, kind="stable")]
    eyes = np.zeros((len(rows), 3)) if materials.eye_direction is None else materials.eye_direction[rows]
    narrow = np.dtype(np.uint16) if len(rows) <= 0x10000 else np.dtype(np.uint32)
    drawn = np.zeros(len(rig.vertices), np.int64)
    drawn[rows] = np.arange(len(rows))
    low, high = rig.vertices.min(axis=0), rig.vertices.max(axis=0)
    header: dict[str, Any] = {
        "title": rig.name,
        "names": list(rig.names),
        "groups": _grouped(rig.names),
        "presets": {caption.strip("“”"): weights for caption, weights in KEY_EXPRESSIONS if weights},
        "vertex_count": len(rig.vertices),
        "polygon_count": len(rig.polygons),
        "centre": [float(x) for x in (low + high) / 2],
        "radius": float(np.linalg.norm(high - low) / 2),
        "triangles": block.add(index.astype(narrow)),
        "edges": block.add(drawn[unique_edges(rig.polygons)].astype(narrow)),
        "rows": block.add(rows.astype(narrow)),
        "paint": block.add(np.round(255 * paint).astype(np.uint8)),
        "eyes": block.add(np.round(32767 * eyes).astype(np.int16)),
        "faces": [_encoded_face(block, face, narrow) for face in (rig, *others)],
    }
    return header, bytes(block.data)


def _encoded_face(block: _Block, rig: Rig, narrow: np.dtype[Any]) -> dict[str, Any]:
    vertices = rig.vertices.astype(np.float64)
    offset = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    scale = max(float(np.abs(vertices - offset).max()), 1e-9) / 32767
    keys: list[dict[str, Any]] = []
    for delta in rig.deltas.astype(np.float64):
        moved = np.flatnonzero(np.abs(delta).max(axis=1) > _MIN_DELTA)
        step = max(float(np.abs(delta).max()), 1e-9) / 32767
        keys.append(
            {
                "scale": step,
                "rows": block.add(moved.astype(narrow)),
                "values": block.add(np.round(delta[moved] / step).astype(np.int16)),
            }
        )
    return {
        "name": rig.name,
        "scale": scale,
        "offset": offset.tolist(),
        "vertices": block.add(np.round((vertices - offset) / scale).astype(np.int16)),
        "keys": keys,
    }


def _grouped(names: tuple[str, ...]) -> list[tuple[str, list[int]]]:
    """Slider groups: title and indices into ``names``; what fits nowhere comes last."""
    left = dict.fromkeys(range(len(names)))
    groups: list[tuple[str, list[int]]] = []
    for title, prefixes in _GROUPS:
        members = [k for k in left if names[k].startswith(prefixes)]
        for k in members:
            del left[k]
        if members:
            groups.append((title, members))
    if left:
        groups.append(("Other", list(left)))
    return groups
