# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C and kills: nothing half-written, and the same command goes on."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from backend.style.style_file import load_style

from .conftest import GOBLIN, TINY, names, run, start

STEPS = 110
"""More than two checkpoints' worth; the state is kept every 50 steps."""


def stop_at(signal_number: int, stage: str, step: int, *arguments: object) -> tuple[int, str]:
    """Send a signal once progress reaches a step; returns the exit code and standard output."""
    process = start(*arguments, "--json")
    assert process.stderr is not None
    for line in process.stderr:
        event = json.loads(line)
        if event.get("stage") == stage and event["step"] >= step:
            process.send_signal(signal_number)
            break
    out, _ = process.communicate(timeout=300)
    return process.returncode, out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send to one child")
def test_after_ctrl_c_and_a_kill_the_same_command_goes_on(awkward_path: Path) -> None:
    target = awkward_path / "mein Stil.style"
    target.write_bytes(b"the style of last week")
    checkpoint = awkward_path / "mein Stil.style.checkpoint"
    command = ("stylize", GOBLIN, "-o", target, *TINY, f"--set=steps={STEPS}", "--set=image_every=0")

    code, out = stop_at(signal.SIGINT, "teacher", 1, *command)
    assert code == 130
    assert json.loads(out)["error"]["code"] == "cancelled"
    assert names(awkward_path) == [target.name]

    code, out = stop_at(signal.SIGKILL, "train", 52, *command)
    assert code == -signal.SIGKILL
    assert out == ""
    assert names(awkward_path) == [target.name, checkpoint.name]
    assert target.read_bytes() == b"the style of last week"

    told = run(*command, "--json")
    assert told.code == 0, told.err
    notes = [event["message"] for event in told.events if event["event"] == "note"]
    assert any(note.startswith("Going on after step ") for note in notes)
    steps = [event["step"] for event in told.events if event.get("stage") == "train"]
    assert min(steps) > 50
    assert max(steps) == STEPS
    assert names(awkward_path) == [target.name]
    assert load_style(target).name == "mein Stil"


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    from backend.cli.destinations import check_destinations

    stale = tmp_path / ".head[1].0123abcd.part.glb"
    recent = tmp_path / ".head[1].89abcdef.part.glb"
    other = tmp_path / ".head1.0123abcd.part.glb"
    for path in (stale, recent, other):
        path.write_bytes(b"x")
    for path in (stale, other):
        os.utime(path, (1, 1))
    check_destinations([tmp_path / "head[1].glb"], [".glb"])
    assert names(tmp_path) == sorted([recent.name, other.name])
