# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt blend``: a style and its rig, and sentences for what can't be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.export.rig_npz import read_rig_npz
from backend.pipeline.bundled import bundled_pair
from backend.pipeline.preview import preview_style
from backend.style.style import Style
from backend.style.style_file import load_style, save_style

from .conftest import Told

Call = Callable[..., Told]


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("Stile 머리")
    pair = bundled_pair()
    made: list[Style] = [preview_style(replace(pair, styled=pair.styled * [f, 1, 1])) for f in (1.0, 1.2)]
    paths = folder / "a.style", folder / "b.style"
    for style, path in zip(made, paths, strict=True):
        save_style(style, path)
    return paths


def test_a_style_and_its_rig_come_out(call: Call, styles: tuple[Path, Path], tmp_path: Path) -> None:
    mix, rig = tmp_path / "mix.style", tmp_path / "mix.npz"
    told = call("blend", *styles, "--amount", "0.25", "-o", mix, "-o", rig, "--json")
    assert told.code == 0, told.err
    assert told.json["name"] == load_style(mix).name == "mix"
    ends = [load_style(path).sculpt for path in styles]
    assert np.allclose(load_style(mix).sculpt, 0.75 * ends[0] + 0.25 * ends[1], atol=1e-7)
    assert np.allclose(read_rig_npz(rig).vertices, load_style(mix).sculpt[load_style(mix).input_order], atol=2e-6)


def test_wrong_calls_end_in_a_sentence(call: Call, styles: tuple[Path, Path], tmp_path: Path) -> None:
    assert call("blend", *styles, "--amount", "2", "-o", tmp_path / "x.style").code == 2
    gone = call("blend", styles[0], tmp_path / "gone.style", "-o", tmp_path / "x.style", "--json")
    assert gone.code == 1
    assert "gone.style" in gone.out
    assert call("blend", *styles, "-o", styles[0]).code == 1
    assert call("blend", *styles, "-o", tmp_path / "x.blend").code == 1
    assert not list(tmp_path.iterdir())
