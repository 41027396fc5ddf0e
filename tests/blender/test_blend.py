# SPDX-License-Identifier: GPL-3.0-or-later
"""Blending styles, locked keys and updates in place, in real Blender with the real worker."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

Drive = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two sculpts of one head as styles without training."""
    from backend.pipeline.bundled import bundled_pair
    from backend.pipeline.preview import preview_style
    from backend.style.style_file import save_style

    folder, pair = tmp_path_factory.mktemp("styles"), bundled_pair()
    paths = folder / "Goblin.style", folder / "Wide.style"
    for path, factor in zip(paths, (1.0, 1.2), strict=True):
        save_style(preview_style(replace(pair, styled=pair.styled * [factor, 1, 1], name=path.stem)), path)
    return paths


@pytest.mark.parametrize("blender", ["5.2"], indirect=True)
def test_a_blend_by_slider_and_rigs_made_again(blender: Drive, styles: tuple[Path, Path]) -> None:
    facts = blender("blend", first=styles[0], second=styles[1])
    assert facts["name"] == "Goblin + Wide"
    assert facts["amount"] == 0.5
    assert facts["apart"] > 0.01
    assert max(facts["off_line"] + facts["key_off_line"] + [facts["reopened"]]) < 1e-6
    assert facts["kept"] == "Imp"
    assert facts["value"] == pytest.approx(0.3)
    assert facts["exact"] < 1e-5
    assert facts["same_face"] < 1e-6
    assert facts["locked"] < 1e-6
    assert facts["mended"] == pytest.approx(0.01, abs=1e-4)
    assert facts["rigs"] == ["Goblin + Wide", "Imp 1"]
    assert facts["person_moved"] > 0.005
    assert facts["person_face"] == "random:1"
    assert facts["now_second"] < 1e-5
    assert facts["styles"] == ["Wide", "Wide"]
    assert "no longer there" in facts["gone"]
