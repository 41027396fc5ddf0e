# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that Blender left in mid-run, in real Blender."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .fakes import fake_interpreter

Drive = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("blender", ["4.2", "5.2"], indirect=True)
@pytest.mark.skipif(sys.platform == "win32", reason="the fake interpreter is a shell script")
def test_an_interrupted_training_is_taken_up(blender: Drive, tmp_path: Path, head_rig: Path) -> None:
    facts = blender("recovery", fake=fake_interpreter(tmp_path, head_rig))
    assert facts["rows"] == [["Goblin", False, 1.0], ["Goblin", False, 1.0], ["Goblin", True, 1.0]]
    assert facts["worked"] == [True, True, False]
    assert facts["best"] == [False, True, False]
    assert len(facts["refused"]) == 3
    assert all("no longer there" in sentence for sentence in facts["refused"])
