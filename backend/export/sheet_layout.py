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
_MARGIN, _GAP, _CAPTION, _TITLE, _ROW_GAP, _RADIUS = 48, 16, 34, 44, 30, 14


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
    rows: Sequence[Row],
    path: str | os.PathLike[str],
    *,
    title: str = "",
    subtitle: str = "",
    cell: int = 240,
    columns: int = 6,
) -> None:
    """Lay out rows of pictures and write them as one PNG.

    Rows with more cells than fit side by side wrap. ``cell`` is the side of a cell in pixels,
    ``columns`` how many of them the sheet is wide.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    width = 2 * _MARGIN + columns * cell + (columns - 1) * _GAP
    height = _MARGIN + (_header_height(title, subtitle)) + sum(_row_height(r, width, cell) for r in rows)
    sheet = Image.new("RGB", (width, height + _MARGIN - _ROW_GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    top = _MARGIN
    if title:
        draw.text((_MARGIN, top - 8), title, INK, _font(40))
    if subtitle:
        draw.text((_MARGIN, top + (46 if title else 0)), subtitle, FAINT, _font(20))
    top += _header_height(title, subtitle)
    for row in rows:
        top = _draw_row(sheet, draw, row, top, cell)
    with atomic_write(path) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)


def _header_height(title: str, subtitle: str) -> int:
    return (58 if title else 0) + (32 if subtitle else 0) + (24 if title or subtitle else 0)


def _per_line(side: int, width: int) -> int:
    return max(1, (width - 2 * _MARGIN + _GAP) // (side + _GAP))


def _row_height(row: Row, width: int, cell: int) -> int:
    side = round(cell * row.scale)
    lines = -(-len(row.cells) // _per_line(side, width))
    return _title_height(row) + lines * (side + _caption_height(row)) + (lines - 1) * _GAP + _ROW_GAP


def _title_height(row: Row) -> int:
    return _TITLE if row.title else 0


def _caption_height(row: Row) -> int:
    return _CAPTION if any(cell.caption for cell in row.cells) else 0


def _draw_row(sheet: Image.Image, draw: ImageDraw.ImageDraw, row: Row, top: int, cell: int) -> int:
    """Draw a row from ``top`` down and return where the next one starts."""
    bottom = top + _row_height(row, sheet.width, cell)
    if row.title:
        text = _font(24)
        draw.text((_MARGIN, top), row.title, INK, text)
        end = _MARGIN + round(draw.textlength(row.title, text)) + 18
        draw.line([(end, top + 18), (sheet.width - _MARGIN, top + 18)], LINE, 2)
    side = round(cell * row.scale)
    per_line = _per_line(side, sheet.width)
    mask = _rounded_mask(side)
    for number, item in enumerate(row.cells):
        line, column = divmod(number, per_line)
        left = _MARGIN + column * (side + _GAP)
        y = top + _title_height(row) + line * (side + _caption_height(row) + _GAP)
        picture = Image.fromarray(np.ascontiguousarray(item.image[..., :3]))
        if picture.size != (side, side):
            picture = picture.resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(picture, (left, y), mask)
        if item.caption:
            caption = _fitted(draw, item.caption, side)
            draw.text((left + side // 2, y + side + 8), caption, INK, _font(17), anchor="ma")
    return bottom


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
