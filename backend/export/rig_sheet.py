# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheet of a style: the pair, key expressions, and the style on other faces."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..mesh.topology import split_quads
from ..rendering.camera import portrait_camera
from ..rendering.materials import head_materials
from ..rendering.picture import render_image
from ..rig.rig import Rig
from .sheet_layout import Cell, Row, contact_sheet

KEY_EXPRESSIONS: tuple[tuple[str, dict[str, float]], ...] = (
    ("neutral", {}),
    ("blink", {"eyeBlinkLeft": 1, "eyeBlinkRight": 1}),
    ("jaw open", {"jawOpen": 1}),
    ("smile", {"mouthSmileLeft": 1, "mouthSmileRight": 1, "cheekSquintLeft": 0.5, "cheekSquintRight": 0.5}),
    ("pucker", {"mouthPucker": 1}),
    ("funnel", {"mouthFunnel": 1, "jawOpen": 0.15}),
    (
        "anger",
        {
            "browDownLeft": 1, "browDownRight": 1, "noseSneerLeft": 0.8, "noseSneerRight": 0.8,
            "eyeSquintLeft": 0.6, "eyeSquintRight": 0.6, "mouthFrownLeft": 0.7, "mouthFrownRight": 0.7,
            "mouthUpperUpLeft": 0.4, "mouthUpperUpRight": 0.4,
        },
    ),
    (
        "surprise",
        {
            "browInnerUp": 1, "browOuterUpLeft": 1, "browOuterUpRight": 1, "eyeWideLeft": 1,
            "eyeWideRight": 1, "jawOpen": 0.55,
        },
    ),
    ("sadness", {"browInnerUp": 1, "mouthFrownLeft": 1, "mouthFrownRight": 1, "mouthShrugLower": 0.5}),
    ("“ah”", {"jawOpen": 0.7, "mouthLowerDownLeft": 0.3, "mouthLowerDownRight": 0.3}),
    ("“ee”", {"jawOpen": 0.12, "mouthStretchLeft": 0.7, "mouthStretchRight": 0.7, "mouthSmileLeft": 0.4, "mouthSmileRight": 0.4}),
    ("wink & smirk", {"eyeBlinkLeft": 1, "mouthSmileLeft": 0.9, "cheekSquintLeft": 0.8, "browDownLeft": 0.3}),
)  # fmt: skip
"""Captions and slider values; together they move every region of the face."""


class RigPhotographer:
    """Takes pictures of one rig, framed by its neutral face."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._triangles, owner = split_quads(rig.polygons)
        part = rig.face_part[owner]
        self._materials = head_materials(rig.vertices, self._triangles, part, rig.part_names)
        skin = [i for i, name in enumerate(rig.part_names) if name == "face_head"]
        self._framed = np.unique(self._triangles[np.isin(part, skin)] if skin else self._triangles)

    def __call__(
        self, vertices: NDArray[np.floating], size: int, yaw: float = 18.0, frame: NDArray[np.floating] | None = None
    ) -> NDArray[np.uint8]:
        """A picture (size, size, 3) of vertices (N, 3), framed as ``frame`` (N, 3) would be."""
        framed = vertices if frame is None else frame
        camera = portrait_camera(framed[self._framed], yaw_degrees=yaw, pitch_degrees=2.0, margin=1.06)
        return render_image(vertices, self._triangles, camera, size, self._materials)

    def expressions(self, size: int, which: Sequence[tuple[str, dict[str, float]]] = KEY_EXPRESSIONS) -> list[Cell]:
        """One captioned picture per expression; sliders that the rig lacks are left out.

        Open mouths reach below the neutral chin: the frame holds the widest of all.
        """
        rig, known = self._rig, set(self._rig.names)
        poses = [rig.pose({k: v for k, v in weights.items() if k in known}) for _, weights in which]
        lowest = min(float(pose[self._framed, 1].min()) for pose in poses)
        frame = rig.vertices.astype(np.float64)
        chin = self._framed[np.argmin(frame[self._framed, 1])]
        frame[chin, 1] = min(frame[chin, 1], lowest)
        return [Cell(self(pose, size, frame=frame), caption) for (caption, _), pose in zip(which, poses, strict=True)]


def thumbnail(rig: Rig, size: int = 256) -> NDArray[np.uint8]:
    """A picture (size, size, 3) uint8 of the neutral face from a little to its left."""
    return RigPhotographer(rig)(rig.vertices, size, yaw=24.0)


def style_sheet(
    rig: Rig,
    path: str | os.PathLike[str],
    *,
    neutral: NDArray[np.floating] | None = None,
    styled: NDArray[np.floating] | None = None,
    others: Sequence[tuple[str, Rig]] = (),
    title: str,
    subtitle: str,
    cell: int = 240,
) -> None:
    """Write the sheet of a style as PNG: pair, key expressions, and the style on other faces.

    Parameters
    ----------
    rig
        The styled face that shows the expressions.
    neutral, styled
        (N, 3) the artist's pair in the rig's vertex order; None leaves its row out.
    others
        Captions and rigs, each of any topology; each shows a different expression as well.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    photo = RigPhotographer(rig)
    rows: list[Row] = []
    if neutral is not None and styled is not None:
        large = round(1.5 * cell + 8)
        pair = [
            Cell(photo(neutral, large), "neutral"),
            Cell(photo(styled, large), "sculpted"),
            Cell(photo(styled, large, yaw=-60.0), "sculpted, from the right"),
            Cell(photo(styled, large, yaw=0.0), "sculpted, from the front"),
        ]
        rows.append(Row("The pair", pair, large / cell))
    rows.append(Row("Expressions on the sculpt", photo.expressions(cell)))
    if others:
        second = (KEY_EXPRESSIONS[3], KEY_EXPRESSIONS[7], KEY_EXPRESSIONS[6], KEY_EXPRESSIONS[11])
        cells: list[Cell] = []
        for number, (caption, other) in enumerate(others):
            mood = second[number % len(second)]
            frame, photo = other.vertices, RigPhotographer(other)
            cells.append(Cell(photo(frame, cell), caption))
            weights = {k: v for k, v in mood[1].items() if k in other.names}
            cells.append(Cell(photo(other.pose(weights), cell, frame=frame), f"{caption}, {mood[0]}"))
        rows.append(Row("The same style on other faces", cells))
    contact_sheet(rows, path, title=title, subtitle=subtitle, cell=cell)
