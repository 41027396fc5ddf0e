# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of one head in some poses, the artist's row above ours."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from backend.rendering.camera import portrait_camera
from backend.rendering.picture import render_image

if TYPE_CHECKING:
    from benchmarks.artists import Head

Array = NDArray[np.float64]

SIZE, MARGIN = 280, 20
COLOURS = {
    "skin": (0.82, 0.66, 0.58),
    "eye": (0.45, 0.6, 0.85),
    "teeth": (0.95, 0.95, 0.86),
    "tongue": (0.8, 0.36, 0.38),
    "inner": (0.6, 0.3, 0.3),
}
SIDES = ("Left", "Right")
POSES: dict[str, tuple[str, ...]] = {
    "neutral": (),
    "blink": tuple(f"eyeBlink{side}" for side in SIDES),
    "look down": tuple(f"eyeLookDown{side}" for side in SIDES),
    "jawOpen": ("jawOpen",),
    "jawOpen + mouthClose": ("jawOpen", "mouthClose"),
    "smile": tuple(f"mouthSmile{side}" for side in SIDES),
    "pucker": ("mouthPucker",),
    "funnel": ("mouthFunnel",),
    "anger": tuple(f"{name}{side}" for name in ("browDown", "noseSneer") for side in SIDES),
    "surprise": ("browInnerUp", *(f"{name}{side}" for name in ("browOuterUp", "eyeWide") for side in SIDES)),
}


def write_sheet(head: "Head", ours: dict[str, Array], path: Path) -> None:
    """Write the sheet of one head as PNG."""
    colours = np.array([COLOURS[part] for part in head.part[head.solid[:, 0]]])
    skin = head.vertices[head.part == "skin"]
    crown = skin[:, 1].max()
    face = skin[skin[:, 1] > crown - 0.27]
    camera = portrait_camera(face, yaw_degrees=18, pitch_degrees=2, margin=1.0)
    sheet = Image.new("RGB", (SIZE * len(POSES), 2 * SIZE + MARGIN), "white")
    pen = ImageDraw.Draw(sheet)
    for column, (title, names) in enumerate(POSES.items()):
        pen.text((column * SIZE + 6, 4), f"{head.name}: {title}", fill="black")
        for row, deltas in enumerate((head.deltas, ours)):
            posed = head.vertices + head.pose(deltas, *names)
            picture = render_image(posed, head.solid, camera, SIZE, colours)
            sheet.paste(Image.fromarray(picture), (column * SIZE, MARGIN + row * SIZE))
    sheet.save(path)
