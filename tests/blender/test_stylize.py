# SPDX-License-Identifier: GPL-3.0-or-later
"""The Stylize section in real Blender: the real preview, and a faked training."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.rig.expressions import ARKIT_NAMES

from .fakes import fake_interpreter

Drive = Callable[..., dict[str, Any]]


@pytest.fixture
def fake_python(tmp_path: Path, head_rig: Path) -> Path:
    return fake_interpreter(tmp_path, head_rig)


@pytest.mark.skipif(sys.platform == "win32", reason="the fake interpreter is a shell script")
def test_preview_training_and_refusals(blender: Drive, fake_python: Path) -> None:
    facts = blender("stylize", fake=fake_python)
    assert tuple(facts["names"][:52]) == ARKIT_NAMES
    assert {name.split("_")[0] for name in facts["names"][52:]} == {"corrective"}
    assert facts["neutral_error"] < 1e-5
    assert facts["blink_moves"] > 0.003
    assert facts["settings"]["preset"] == "standard"
    assert facts["losses"] == 6
    assert facts["live_error"] < 1e-6
    assert "could not be started" in facts["refused"]
    assert "without a position" in facts["broken"]
