# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress as lines of text, as JSON, and as bars."""

import io
from typing import Any

import pytest
from rich.console import Console

from backend.cli import progress
from backend.learning.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_text_tells_beginning_end_and_every_ten_seconds(clock: list[float]) -> None:
    lines: list[str] = []
    report = progress.plain_lines(lines.append)
    for step in range(1, 101):
        report(Progress("train", step, 100, seconds_left=100.0 - step))
        clock[0] += 1
    assert len(lines) == 11
    assert lines[0] == "Learning the style: 1 of 100"
    assert lines[1] == "Learning the style: 11 of 100, 1:29 left"
    assert lines[-1] == "Learning the style: 100 of 100"


def test_json_has_every_last_step_and_a_guess_of_its_own(clock: list[float]) -> None:
    told: list[Any] = []
    report = progress.json_lines(told.append)
    for stage in ("teacher", "views"):
        for step in range(1, 6):
            report(Progress(stage, step, 5, {"x": 1 / 3}))
            clock[0] += 0.04
    assert [event["stage"] for event in told if event["step"] == 5] == ["teacher", "views"]
    assert len(told) < 10
    assert told[0]["losses"] == {"x": 0.333333}
    assert told[1]["seconds_left"] == pytest.approx(0.04 * (5 - told[1]["step"]), abs=0.06)


def test_bars_show_the_stage_its_steps_and_the_time_left() -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=100)
    with progress.bars(console) as report:
        for step in range(1, 8):
            report(Progress("train", step, 10, seconds_left=83.0))
    assert "Learning the style" in text.getvalue()
    assert "7/10" in text.getvalue()
    assert "1:23 left" in text.getvalue()
