# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever goes wrong in a tick of the add-on's timer is told, and the job is followed to its result; no Blender needed."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from backend.protocol import JobFolder, Kind, Request, StylizeSettings
from blender_addon.process.command import worker_environment
from blender_addon.process.job import Job

FAKE = Path(__file__).with_name("fake_backend.py")
NEEDING_BLENDER = ("package", "process.session", "process.taking", "process.view", "process.timer")


class Addon(SimpleNamespace):
    """The add-on's modules on a Blender that does nothing, with a job that trains, previews and ends."""

    timer: ModuleType
    session: Any
    got: list[float]

    def wind(self, seconds: float = 30) -> list[str]:
        """Call the timer as Blender does, until it ends; what was told meanwhile."""
        end, told, again = time.monotonic() + seconds, [], 0.0
        while again is not None:
            assert time.monotonic() < end, self.session.job.log_tail()
            again = self.timer.tick()
            if self.session.failure and self.session.failure.message not in told:
                told.append(str(self.session.failure.message))
            time.sleep(0.01)
        return told


def _break_preview(addon: Addon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(addon.modules["process.session"].PREVIEWS, "test.heads", lambda _context, _delivery: 1 / 0)


def _break_panel(addon: Addon, monkeypatch: pytest.MonkeyPatch) -> None:
    shows = iter([True, False])

    def show(_context: object) -> None:
        if next(shows, False):
            raise ReferenceError("StructRNA of type ProcessView has been removed")

    monkeypatch.setattr(addon.modules["process.view"], "show", show)


def _break_poll(addon: Addon, monkeypatch: pytest.MonkeyPatch) -> None:
    poll, fails = addon.session.job.poll, iter([False, True])

    def sometimes() -> bool:
        if next(fails, False):
            raise OSError(5, "Input/output error")
        return poll()

    monkeypatch.setattr(addon.session.job, "poll", sometimes)


def _break_import(addon: Addon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addon.timer, "_to_load", [".process.no_such_module"])


@pytest.fixture
def addon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Addon]:
    context = MagicMock(mode="OBJECT")
    context.window_manager.windows = [MagicMock(modal_operators=[])]
    blender = MagicMock(context=context)
    blender.app.is_job_running.return_value = False
    monkeypatch.setitem(sys.modules, "bpy", blender)
    for name in NEEDING_BLENDER:
        monkeypatch.delitem(sys.modules, f"blender_addon.{name}", raising=False)
    modules = {name: import_module(f"blender_addon.{name}") for name in NEEDING_BLENDER}
    monkeypatch.setattr(modules["process.timer"], "_to_load", [])
    folder = JobFolder.create(tmp_path, Kind.STYLIZE)
    folder.write_request(Request(Kind.STYLIZE, StylizeSettings(), os.getpid()))
    job = Job(folder, [sys.executable, str(FAKE), "train", str(folder.path)], worker_environment(tmp_path))
    session, got = modules["process.session"].session, []
    session.begin(job, {"handler": "test.heads", "files": 0})

    def take(_context: object, delivery: Any) -> Iterator[None]:
        yield
        got.append(float(delivery.arrays["vertices"][0, 0]))

    modules["process.session"].HANDLERS["test.heads"] = take
    yield Addon(timer=modules["process.timer"], session=session, modules=modules, got=got)
    job.close()
    for name in NEEDING_BLENDER:
        sys.modules.pop(f"blender_addon.{name}", None)


def test_a_job_is_followed_to_its_result(addon: Addon) -> None:
    assert addon.wind() == []
    assert addon.got == [40]
    assert addon.session.taken


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_break_preview, "ZeroDivisionError"),
        (_break_panel, "ReferenceError"),
        (_break_poll, "Input/output error"),
        (_break_import, "no_such_module"),
    ],
)
def test_what_goes_wrong_in_a_tick_is_told_and_the_job_followed_on(
    damage: Callable[[Addon, pytest.MonkeyPatch], None], reason: str, addon: Addon, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(addon, monkeypatch)
    told = addon.wind()
    assert any(reason in sentence for sentence in told), told
    assert addon.got == [40]
    assert addon.session.failure is None


def test_a_result_that_always_fails_is_told_and_ends_the_timer(addon: Addon) -> None:
    addon.modules["process.session"].HANDLERS["test.heads"] = lambda _context, _delivery: iter([1 / 0])
    told = addon.wind()
    assert any("ZeroDivisionError" in sentence for sentence in told)
    assert addon.session.taken


def test_a_tick_that_fails_after_the_job_leaves_its_result_to_be_taken(
    addon: Addon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addon.timer, "_in_view", lambda _context: 1 / 0)
    told = addon.wind()
    assert told
    assert addon.session.waiting
    assert not addon.session.taken
