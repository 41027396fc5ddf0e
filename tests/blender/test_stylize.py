# SPDX-License-Identifier: GPL-3.0-or-later
"""The Stylize section in real Blender: the real preview, and a faked training."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.rig.expressions import ARKIT_NAMES

Drive = Callable[..., dict[str, Any]]
FAKE = Path(__file__).parents[1] / "addon" / "fake_backend.py"


@pytest.fixture
def fake_python(tmp_path: Path, head_rig: Path) -> Path:
    """An “interpreter” that runs the fake backend whatever it is told to run."""
    script = tmp_path / "fake_python"
    lines = ["#!/bin/sh", f'FAKE_RIG="{head_rig}" exec "{sys.executable}" "{FAKE}" rig "$4"']
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return script


@pytest.mark.skipif(sys.platform == "win32", reason="the fake interpreter is a shell script")
def test_preview_training_and_refusals(blender: Drive, fake_python: Path) -> None:
    facts = blender("stylize", fake=fake_python)
    assert tuple(facts["names"]) == ARKIT_NAMES
    assert facts["neutral_error"] < 1e-5
    assert facts["blink_moves"] > 0.003
    assert facts["settings"]["preset"] == "standard"
    assert facts["losses"] == 6
    assert facts["live_error"] < 1e-6
    assert "could not be started" in facts["refused"]
    assert "without a position" in facts["broken"]
