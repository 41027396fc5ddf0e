# SPDX-License-Identifier: GPL-3.0-or-later
"""A client-ready sheet of pictures: titled rows of captioned cells on one PNG."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ..files import atomic_write

Color = tuple[int, int, int]

PAPER: Color = (247, 246, 243)
INK: Color = (38, 38, 42)
FAINT: Color = (128, 126, 122)
LINE: Color = (222, 219, 213)
_MARGIN, _GAP, _HEADER, _CAPTION, _TITLE, _ROW_GAP, _RADIUS = 48, 16, 114, 34, 44, 30, 14


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture (H, W, 3) uint8 with a caption under it."""

    image: NDArray[np.uint8]
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Row:
    """Cells under a title; ``scale`` sizes them against the sheet's cell size."""

    title: str
    cells: Sequence[Cell]
    scale: float = 1.0


def contact_sheet(
    rows: Sequence[Row], path: str | os.PathLike[str], *, title: str, subtitle: str, cell: int = 240, columns: int = 6
) -> None:
    """Lay out rows of pictures and write them as one PNG.

    Rows with more cells than fit side by side wrap. ``cell`` is the side of a cell in pixels,
    ``columns`` how many of them the sheet is wide.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    width = columns * (cell + _GAP) - _GAP
    strips = [_strip(row, width, cell) for row in rows]
    height = _HEADER + sum(strip.height + _ROW_GAP for strip in strips) - _ROW_GAP
    sheet = Image.new("RGB", (width + 2 * _MARGIN, height + 2 * _MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN - 8), title, INK, _font(40))
    draw.text((_MARGIN, _MARGIN + 46), subtitle, FAINT, _font(20))
    top = _MARGIN + _HEADER
    for strip in strips:
        sheet.paste(strip, (_MARGIN, top))
        top += strip.height + _ROW_GAP
    with atomic_write(path) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)


def _strip(row: Row, width: int, cell: int) -> Image.Image:
    """A row of a sheet, ``width`` pixels wide, with its title."""
    side = round(cell * row.scale)
    per_line = max(1, (width + _GAP) // (side + _GAP))
    line_height = side + _GAP + (_CAPTION if any(item.caption for item in row.cells) else 0)
    strip = Image.new("RGB", (width, _TITLE + -(-len(row.cells) // per_line) * line_height - _GAP), PAPER)
    draw = ImageDraw.Draw(strip)
    draw.text((0, 0), row.title, INK, _font(24))
    draw.line([(round(draw.textlength(row.title, _font(24))) + 18, 18), (width, 18)], LINE, 2)
    mask = _rounded_mask(side)
    for number, item in enumerate(row.cells):
        line, column = divmod(number, per_line)
        left, y = column * (side + _GAP), _TITLE + line * line_height
        picture = Image.fromarray(np.ascontiguousarray(item.image[..., :3]))
        if picture.size != (side, side):
            picture = picture.resize((side, side), Image.Resampling.LANCZOS)
        strip.paste(picture, (left, y), mask)
        if item.caption:
            caption = _fitted(draw, item.caption, side)
            draw.text((left + side // 2, y + side + 8), caption, INK, _font(17), anchor="ma")
    return strip


def _rounded_mask(side: int) -> Image.Image:
    large = Image.new("L", (4 * side, 4 * side), 0)
    ImageDraw.Draw(large).rounded_rectangle((0, 0, 4 * side - 1, 4 * side - 1), 4 * _RADIUS, 255)
    return large.resize((side, side), Image.Resampling.LANCZOS)


def _fitted(draw: ImageDraw.ImageDraw, text: str, width: int) -> str:
    """``text``, cut with an ellipsis where it would be wider than ``width`` pixels."""
    font = _font(17)
    while len(text) > 1 and draw.textlength(text, font) > width:
        text = text.removesuffix("…")[:-1] + "…"
    return text


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow carries a scalable font of its own, so every machine draws the same letters.
    return ImageFont.load_default(size)
