# SPDX-License-Identifier: GPL-3.0-or-later
"""The Styles and Apply sections in real Blender, with the real worker."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Drive = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def style_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled pair as a style without training, with a picture."""
    from backend.pipeline.bundled import bundled_pair
    from backend.pipeline.preview import preview_style
    from backend.style.style_file import save_style

    path = tmp_path_factory.mktemp("style") / "Goblin.style"
    picture = np.full((64, 64, 3), 128, np.uint8)
    save_style(replace(preview_style(bundled_pair()), thumbnail=picture), path)
    return path


def test_library_and_apply(blender: Drive, style_file: Path) -> None:
    facts = blender("styles", style=style_file)
    assert facts["added"] == "Goblin.style"
    assert facts["renamed"] == facts["style"] == "Ork big.style"
    assert "not a style file" in facts["refused"]
    assert facts["people"] == ["Ork big 1", "Ork big 2"]
    assert facts["apart"] > 0.002
    assert facts["updated"] > 0.001
