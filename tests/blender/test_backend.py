# SPDX-License-Identifier: GPL-3.0-or-later
"""The Backend section in real Blender."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.doctor import State, run_doctor

Drive = Callable[..., dict[str, Any]]


@pytest.mark.skipif(sys.platform == "win32", reason="the bare interpreter is a shell script")
def test_choosing_examining_and_failing(blender: Drive) -> None:
    facts = blender("backend")
    ill = [finding.sentence for finding in run_doctor() if finding.state is State.ERROR]
    assert facts["icons"] == []
    assert facts["errors"] == ill
    assert facts["state"] == ("Something is missing" if ill else "Ready")
    assert "lacks “numpy”" in facts["bare"]
    assert "add-on: " in facts["report"]
    assert str(Path.home()) not in facts["report"]
    assert facts["may_build"] == facts["online"]
