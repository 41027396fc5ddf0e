# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig with 52 sliders, bones and weights in real Blender."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.rig.expressions import ARKIT_NAMES

Drive = Callable[..., dict[str, Any]]


def test_sliders_bones_weights_and_updates(blender: Drive, head_rig: Path) -> None:
    facts = blender("rig", rig=head_rig)
    assert tuple(facts["names"]) == ARKIT_NAMES
    assert set(facts["values"]) == {0.0}
    assert facts["key_error"] < 1e-6
    assert facts["bones"] == {"neck": "", "head": "neck", "jaw": "head", "eye_l": "head", "eye_r": "head"}
    assert facts["joint_error"] < 1e-6
    assert facts["skin_error"] < 2e-4
    assert facts["curves"] == 52
    assert facts["model"] == "default head"
