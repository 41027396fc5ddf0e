# SPDX-License-Identifier: GPL-3.0-or-later
"""Job folders that an earlier Blender left: which can be taken up, which are let go, which may be deleted."""

import os
import shutil
import time
from pathlib import Path

import pytest

from backend.protocol import Event, Failure, JobFolder, Kind, PreviewSettings, Request, StylizeSettings
from blender_addon.process import folders
from blender_addon.process.folders import close, interrupted, may_follow, remove_old, reopen, write_client


def _age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def _left(jobs: Path, name: str = "Goblin", kind: Kind = Kind.STYLIZE, seconds: float = 60.0) -> JobFolder:
    """A job whose worker and Blender are gone for so long."""
    folder = JobFolder.create(jobs, kind)
    settings = StylizeSettings(name) if kind is Kind.STYLIZE else PreviewSettings(name)
    folder.write_request(Request(kind, settings, 1))
    write_client(folder.path, {"handler": "stylize.rig", "name": name})
    folder.append(Event("Looking from all sides", 6, 6))
    folder.append(Event("Fine-tuning the style", 45, 100, losses={"total": 0.5}))
    folder.beat()
    _age(folder.alive, seconds)
    _age(folder.request, seconds + 60)
    return folder


def test_an_interrupted_training_is_found_with_how_far_it_came(tmp_path: Path) -> None:
    folder = _left(tmp_path)
    [found] = interrupted(tmp_path)
    assert (found.path, found.name, found.fraction, found.finished) == (folder.path, "Goblin", 0.45, False)
    folder.result.write_bytes(b"PK")
    [found] = interrupted(tmp_path)
    assert (found.fraction, found.finished) == (1.0, True)


def test_what_is_served_closed_failed_short_or_old_is_not_offered(tmp_path: Path) -> None:
    served, closed, failed, unread, _short, old = (
        _left(tmp_path, "a", seconds=0.0),
        _left(tmp_path, "b"),
        _left(tmp_path, "c"),
        _left(tmp_path, "d"),
        _left(tmp_path, "e", Kind.PREVIEW),
        _left(tmp_path, "f", seconds=folders.KEPT_SECONDS),
    )
    close(closed.path)
    failed.write_failure(Failure("It broke.", "Mend it."))
    unread.request.write_text('{"protocol": 99}')
    assert interrupted(tmp_path) == []
    assert may_follow(tmp_path)
    shutil.rmtree(served.path)
    assert not may_follow(tmp_path)
    assert old.path.exists()


def test_a_worker_that_is_just_being_started_is_not_taken_for_dead(tmp_path: Path) -> None:
    folder = _left(tmp_path)
    folder.alive.unlink()
    _age(folder.request, 0)
    assert interrupted(tmp_path) == []
    _age(folder.request, 60)
    assert [found.path for found in interrupted(tmp_path)] == [folder.path]


@pytest.mark.parametrize("use_best", [False, True])
def test_reopening_makes_the_job_ours_and_clears_old_wishes(use_best: bool, tmp_path: Path) -> None:
    folder = _left(tmp_path)
    before = folder.read_request()
    for wish in (folder.cancel, folder.pause, folder.use_best):
        wish.touch()
    again = reopen(folder.path, use_best=use_best)
    request = again.read_request()
    assert request.parent_pid == os.getpid()
    assert request.settings == before.settings
    assert not folder.cancel.exists()
    assert not folder.pause.exists()
    assert folder.use_best.exists() == use_best


def test_old_folders_go_but_none_that_lives_or_can_be_taken_up(tmp_path: Path) -> None:
    made = [JobFolder(tmp_path / f"{n:02}") for n in range(12)]
    for folder in made:
        folder.path.mkdir()
        folder.request.write_text("{}")
        _age(folder.request, 60)
    made[0].beat()
    kept = _left(tmp_path)
    first = kept.path.rename(tmp_path / "01 interrupted")
    remove_old(tmp_path, keep=8)
    gone = [folder.path for folder in made if not folder.path.exists()]
    assert gone == [folder.path for folder in made[1:4]]
    assert first.exists()
