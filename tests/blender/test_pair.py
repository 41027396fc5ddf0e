# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pair section in real Blender, with the real worker."""

from collections.abc import Callable
from typing import Any

Drive = Callable[..., dict[str, Any]]


def test_base_head_sculpt_checks_and_mends(blender: Drive) -> None:
    facts = blender("pair")
    assert facts["vertices"] == 5208
    assert facts["quads"]
    assert facts["uv"] == 1
    assert 0.2 < facts["height"] < 0.4
    assert facts["nose_y"] < -0.02
    assert facts["asymmetry"] < 1e-4
    assert facts["copy_error"] < 1e-6
    assert facts["found"] == ["modifiers", "shape_keys", "transform", "unit"]
    assert facts["person"] > 0.001
    assert "gone" in facts["no_model"]
