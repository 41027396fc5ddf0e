# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way with the real backend in every Blender, from the base head to a file that is read back."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.rig.expressions import ARKIT_NAMES

Drive = Callable[..., dict[str, Any]]
# Training is the same whichever Blender asks for it: once to its end although the backend is killed on the way, elsewhere
# “Use Best so Far” after some steps.
STEPS = [("4.2", 3), ("4.5", 3), ("5.0", 3), ("5.2", 0)]


@pytest.mark.parametrize(("blender", "steps"), STEPS, indirect=["blender"])
def test_from_base_head_to_another_head_in_the_style(blender: Drive, steps: int) -> None:
    facts = blender("whole_way", steps=steps)
    assert tuple(facts["names"][:52]) == ARKIT_NAMES
    assert {name.split("_")[0] for name in facts["names"][52:]} == {"corrective"}
    assert facts["neutral_error"] < 1e-5
    assert facts["settings"].items() >= {"name": "Goblin", "preset": "draft", "seed": 3, "face": "own"}.items()
    assert facts["style"] == "Goblin.style"
    assert facts["still"] == []
    for form, file in facts["files"].items():
        assert file["keys"] == sorted(ARKIT_NAMES), form
        assert file["bones"] == ["eye_l", "eye_r", "head", "jaw", "neck"], form
        assert file["strange"] == file["lost"] == 0, form
        assert file["worst"] < 1e-5, form
        assert file["motion"] < 1e-3, form
    assert facts["rigs"] == ["Goblin", "Goblin 1"]
    if not steps:
        kill = facts["kill"]
        assert "ended" in kill["killed"]
        assert kill["offered"] == [["Goblin", False, True]]
        # The kill may fall between saving a step and telling of it.
        content = Path(kill["checkpoint"]).read_bytes().split(b"\n", 1)[1][32:]  # behind the format's name and a digest
        saved = torch.load(BytesIO(content), weights_only=True)["step"]
        assert kill["told"] == list(range(1, len(kill["told"]) + 1))
        assert 1 <= saved <= len(kill["told"]) + 1
        assert kill["went_on_at"] == saved + 1
        assert kill["left"] == []
