# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker as a process: results, refusals, cancel, pause, and the end of its parent."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.errors import Cancelled, UserError
from backend.protocol import BlendSettings, Event, ExitCode, IdentitiesSettings, JobFolder, Kind, Request
from backend.worker import jobs, watch
from backend.worker.arrays import read_arrays, write_arrays
from backend.worker.context import JobContext, ParentGone
from backend.worker.run import run
from backend.worker.watch import ParentWatch, Watchdog, process_alive
from blender_addon.process.events import EventReader

ROOT = Path(__file__).parents[2]


def _folder(tmp_path: Path, kind: Kind = Kind.BLEND, parent_pid: int = 0) -> JobFolder:
    folder = JobFolder.create(tmp_path, kind)
    settings = BlendSettings() if kind is Kind.BLEND else IdentitiesSettings(count=2, seed=5, components=3)
    folder.write_request(Request(kind, settings, parent_pid))
    return folder


def _job(monkeypatch: pytest.MonkeyPatch, function: Any) -> None:
    monkeypatch.setattr(jobs, "find_job", lambda _kind: function)


def test_a_result_arrives_whole_with_its_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def job(_: Any, context: JobContext) -> jobs.Outcome:
        for step in range(1, 5):
            context.report(Event(step=step, steps=4, preview=context.preview(np.full((3, 3), step))))
        return {"x": np.arange(3.0)}, {"name": "ä"}

    _job(monkeypatch, job)
    folder = _folder(tmp_path)
    assert run(folder.path) is ExitCode.DONE
    events = EventReader(folder.progress).read()
    assert events[0].version
    assert [event.step for event in events[1:]] == [1, 2, 3, 4]
    arrays, meta = read_arrays(folder.result)
    assert arrays["x"].tolist() == [0, 1, 2]
    assert meta == {"name": "ä"}
    assert read_arrays(folder.preview(4))[0]["vertices"][0, 0] == 4
    assert len(list(folder.path.glob("preview_*"))) == 2


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (UserError("It is flat.", "Sculpt it.", code="flat"), "flat", ExitCode.USER_ERROR),
        (ModuleNotFoundError("no", name="torch"), "environment", ExitCode.USER_ERROR),
        (ImportError("no", name="backend.rig"), "crash", ExitCode.CRASHED),
        (MemoryError(), "memory", ExitCode.USER_ERROR),
        (ZeroDivisionError("oops"), "crash", ExitCode.CRASHED),
    ],
)
def test_every_failure_says_what_and_what_to_do(
    error: Exception, code: str, exit_code: ExitCode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def job(_settings: Any, _context: JobContext) -> jobs.Outcome:
        raise error

    _job(monkeypatch, job)
    folder = _folder(tmp_path)
    assert run(folder.path) is exit_code
    failure = folder.read_failure()
    assert failure is not None
    assert failure.code == code
    assert failure.message.endswith(".")
    assert failure.remedy.endswith(".")
    assert failure.versions["python"]
    assert not folder.result.exists()


def test_cancel_ends_a_job_and_wakes_a_paused_one(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    context = JobContext(folder, ParentWatch(0))
    context.checkpoint()
    folder.pause.touch()
    threading.Timer(0.3, folder.cancel.touch).start()
    with pytest.raises(Cancelled):
        context.checkpoint()


def test_a_paused_job_goes_on_when_resumed_or_told_to_use_its_best(tmp_path: Path) -> None:
    for release in ("resume", "best"):
        folder = _folder(tmp_path)
        context = JobContext(folder, ParentWatch(0))
        folder.pause.touch()
        running = threading.Thread(target=context.checkpoint, daemon=True)
        running.start()
        time.sleep(0.3)
        assert running.is_alive()
        folder.pause.unlink() if release == "resume" else folder.use_best.touch()
        running.join(timeout=5)
        assert not running.is_alive()


def test_the_end_of_the_parent_is_noticed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    watch_it = ParentWatch(parent.pid)
    context = JobContext(_folder(tmp_path), watch_it)
    assert process_alive(parent.pid)
    context.checkpoint()
    parent.communicate(b"\n")
    with pytest.raises(ParentGone):
        context.checkpoint()
    assert not process_alive(parent.pid)


def test_the_watchdog_ends_a_worker_that_does_not_hear_its_cancel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(tmp_path)
    ended: list[int] = []
    monkeypatch.setattr(watch.os, "_exit", ended.append)
    dog = Watchdog(folder, ParentWatch(0), grace=0.6)
    dog.start()
    time.sleep(1.4)
    assert not ended
    assert folder.seconds_since_beat() < 2
    folder.cancel.touch()
    time.sleep(2.2)
    dog.stop()
    assert set(ended) == {ExitCode.CANCELLED}


def _process(folder: JobFolder) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "backend.worker", str(folder.path)], cwd=ROOT, timeout=120, check=False
    )


def test_another_protocol_is_refused_before_the_job_is_read(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, Kind.DOCTOR)
    folder.request.write_text('{"protocol": 99, "kind": "unheard of"}')
    assert _process(folder).returncode == ExitCode.WRONG_PROTOCOL
    failure = folder.read_failure()
    assert failure is not None
    assert failure.code == "protocol"
    assert "versions" in failure.message


def test_the_process_makes_heads_that_differ_and_repeat(tmp_path: Path) -> None:
    results = []
    for _ in range(2):
        folder = _folder(tmp_path, Kind.IDENTITIES)
        assert _process(folder).returncode == ExitCode.DONE
        results.append(read_arrays(folder.result))
    (arrays, meta), (again, _) = results
    heads = arrays["vertices"]
    assert heads.shape == (2, len(arrays["source_vertex"]), 3)
    assert np.array_equal(heads, again["vertices"])
    assert np.abs(heads[0] - heads[1]).max() > 1e-3
    assert arrays["components"].shape == (3, *heads.shape[1:])
    assert arrays["polygons"].max() == heads.shape[1] - 1
    assert len(meta["topology"]) == 64


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"\x93NUMPY"])
def test_damaged_arrays_are_refused_in_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "request.npz"
    path.write_bytes(content)
    with pytest.raises(UserError, match="could not be read"):
        read_arrays(path)


def test_objects_and_infinite_points_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "request.npz"
    np.savez(path, head=np.array([{}], dtype=object))
    with pytest.raises(UserError):
        read_arrays(path)
    write_arrays(path, {"head": np.array([[np.inf, 0, 0]])})
    with pytest.raises(UserError, match="not numbers"):
        read_arrays(path)
