# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: every picture whole and in its place, wrapped rows, captions that fit."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from backend.export.rig_sheet import KEY_EXPRESSIONS, style_sheet, thumbnail
from backend.export.sheet_layout import PAPER, Cell, Row, contact_sheet
from backend.rig import ARKIT_NAMES, Rig


def _plain(color: tuple[int, int, int], size: int) -> np.ndarray:
    return np.full((size, size, 3), color, np.uint8)


def test_every_picture_is_whole_and_in_order(awkward_path: Path) -> None:
    colors = [(10 + 20 * k, 200 - 20 * k, 5 * k) for k in range(9)]
    rows = [
        Row("large", [Cell(_plain(colors[0], 33), "a"), Cell(_plain(colors[1], 120), "b")], scale=1.5),
        Row("wrapped", [Cell(_plain(c, 80), "a caption that is far too long for its picture") for c in colors[2:]]),
    ]
    path = awkward_path / "blatt.png"
    contact_sheet(rows, path, title="Tïtle", subtitle="sub", cell=80, columns=4)
    with Image.open(path) as sheet:
        assert sheet.format == "PNG"
        assert sheet.mode == "RGB"
        pixels = np.asarray(sheet)
    corners = []
    for number, color in enumerate(colors):
        at = np.argwhere((pixels == color).all(axis=2))
        side = 120 if number < 2 else 80
        assert np.array_equal(np.ptp(at, axis=0) + 1, [side, side])
        assert len(at) > 0.95 * side**2, "only the rounded corners are cut"
        corners.append(at.min(axis=0))
    tops = [int(top) for top, _ in corners]
    assert tops[0] == tops[1] < tops[2] == tops[5] < tops[6] == tops[8]
    assert all(a[1] < b[1] for a, b in itertools.pairwise(corners[2:6]))
    assert (pixels[:, :40] == PAPER).all(), "the margin stays clean"
    assert (pixels[:, -40:] == PAPER).all(), "the margin stays clean"
    gap = pixels[corners[2][0] + 80 : corners[6][0], corners[2][1] + 80 : corners[3][1]]
    assert (gap == PAPER).all(), "captions stay under their pictures"


def test_style_sheet_shows_everything(tmp_path: Path, head_rig: Rig) -> None:
    sculpt = (head_rig.vertices * [1.1, 1, 1]).astype(np.float32)
    rig = replace(head_rig, vertices=sculpt)
    others = [("one", rig), ("two", replace(rig, vertices=sculpt * np.float32(1.2)))]
    pair = {"neutral": head_rig.vertices, "styled": sculpt}
    style_sheet(rig, tmp_path / "a.png", **pair, others=others, title="a", subtitle="b", cell=64)
    style_sheet(rig, tmp_path / "b.png", title="a", subtitle="b", cell=64)
    with Image.open(tmp_path / "a.png") as full, Image.open(tmp_path / "b.png") as short:
        assert full.width == short.width
        assert full.height > short.height + 3 * 64


def test_key_expressions_are_real_sliders() -> None:
    for _, weights in KEY_EXPRESSIONS:
        assert weights.keys() <= set(ARKIT_NAMES)
        assert all(0 < value <= 1 for value in weights.values())


def test_thumbnail(head_rig: Rig) -> None:
    picture = thumbnail(head_rig, 96)
    assert picture.shape == (96, 96, 3)
    assert picture.dtype == np.uint8
    ground = picture[0, 0].astype(int)
    face = np.abs(picture.astype(int) - ground).sum(axis=2) > 30
    assert 0.3 < face.mean() < 0.9
    assert not face[:2].any(), "the head is not cut off above"
    assert not face[:, :2].any(), "the head is not cut off beside"
