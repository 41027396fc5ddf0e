# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist sees of a backend that behaves, stops, crashes, lies or hangs, in real Blender."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Drive = Callable[..., dict[str, Any]]
FAKE = Path(__file__).parents[1] / "addon" / "fake_backend.py"
SCENARIOS = ("rig", "slow", "garbage", "garbage_error", "version", "hang", "crash")


@pytest.fixture
def fakes(tmp_path: Path, head_rig: Path) -> Path:
    """A folder of “interpreters”, each of which runs the fake backend in one of its moods."""
    folder = tmp_path / "fakes"
    folder.mkdir()
    for scenario in SCENARIOS:
        lines = ["#!/bin/sh", f'FAKE_PAUSE=0.3 FAKE_RIG="{head_rig}" exec "{sys.executable}" "{FAKE}" {scenario} "$4"']
        (folder / scenario).write_text("\n".join(lines) + "\n")
        (folder / scenario).chmod(0o755)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the fake interpreter is a shell script")
def test_progress_cancel_crash_garbage_versions_and_hanging(blender: Drive, fakes: Path) -> None:
    facts = blender("faults", fakes=fakes)
    fractions = [fraction for _, fraction, _ in facts["progress"]]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 3
    assert {stage for stage, _, _ in facts["progress"]} >= {"Fine-tuning"}
    assert any(left for _, _, left in facts["progress"])
    assert facts["ghosts"] == ["Base head sculpt preview"]
    assert facts["done"]["objects_left"] == sorted([*facts["before"], "Goblin", "Goblin bones"])
    assert any("ZeroDivisionError" in sentence and running for sentence, running in facts["told"])
    assert facts["followed"] == facts["done"]
    for mood in ("cancel", "garbage", "garbage_error", "version", "hang", "crash"):
        assert facts[mood]["objects_left"] == facts["before"], mood
        assert not facts[mood]["running"], mood
    for mood in ("garbage", "garbage_error", "version", "crash"):
        assert facts[mood]["message"].endswith("."), mood
        assert facts[mood]["remedy"].endswith("."), mood
    assert facts["cancel"]["message"] == facts["hang"]["message"] == ""
    assert facts["version"]["code"] == "protocol"
    assert "does not answer" in facts["silence"]
    assert "fell over" in facts["log"]
    assert "three times" in facts["refusal"]
    assert facts["after_check"] == ""
