# SPDX-License-Identifier: GPL-3.0-or-later
"""The Motion section in real Blender."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Drive = Callable[..., dict[str, Any]]


def test_a_recording_moves_sliders_and_head(blender: Drive, head_rig: Path) -> None:
    facts = blender("motion", rig=head_rig)
    assert facts["jaw"] == pytest.approx(1.0)
    assert facts["half"] == pytest.approx(0.5)
    assert facts["turn"] == pytest.approx(0.5, abs=0.02)
    assert facts["rise"] == pytest.approx(0, abs=1e-4)
    assert facts["actions"] == 3
    assert facts["by_hand"] == pytest.approx(0.5)
    assert "same slider" in facts["twice"]
    assert "no frames" in facts["refused"]
