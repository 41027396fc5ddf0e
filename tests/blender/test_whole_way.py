# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way with the real backend, once: training is the same whichever Blender asks for it."""

from collections.abc import Callable
from typing import Any

import pytest

Drive = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("blender", ["5.2"], indirect=True)
def test_from_base_head_to_another_head_in_the_style(blender: Drive) -> None:
    facts = blender("whole_way")
    assert facts["keys"] == 52
    assert facts["neutral_error"] < 1e-5
    assert facts["settings"] == {"name": "Goblin", "preset": "draft", "seed": 3}
    assert facts["style"] == "Goblin.style"
    assert facts["still"] == []
    assert facts["differences"] == []
    assert facts["rigs"] == ["Goblin", "Goblin 1"]
