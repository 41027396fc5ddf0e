# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's side of a job against backends that behave, crash, lie and hang."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.protocol import DoctorSettings, JobFolder, Kind, Request, StylizeSettings
from backend.worker.watch import process_alive
from blender_addon.process import job as job_module
from blender_addon.process.arrays import BadArrays, points, read_arrays, write_arrays
from blender_addon.process.breaker import MOST_CRASHES, WINDOW_SECONDS, Breaker
from blender_addon.process.command import worker_command, worker_environment
from blender_addon.process.job import Job, State

FAKE = Path(__file__).with_name("fake_backend.py")
Start = Callable[[str], Job]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    jobs: list[Job] = []

    def starter(scenario: str) -> Job:
        folder = JobFolder.create(tmp_path, Kind.STYLIZE)
        folder.write_request(Request(Kind.STYLIZE, StylizeSettings(), os.getpid()))
        command = [sys.executable, str(FAKE), scenario, str(folder.path)]
        jobs.append(Job(folder, command, worker_environment(tmp_path)))
        return jobs[-1]

    yield starter
    for item in jobs:
        item.close()


def _until(condition: Callable[[], bool], job: Job, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, job.log_tail()
        job.poll()
        time.sleep(0.02)


def test_a_job_reports_and_ends_with_its_result(start: Start) -> None:
    job = start("train")
    assert job.wait(30) is State.DONE, job.log_tail()
    assert job.latest.fraction == 1
    assert [step for step, _ in job.losses["vertex"]] == list(range(1, 41))
    assert points(read_arrays(job.folder.result)[0], "vertices", 8)[0, 0] == 40
    assert job.latest.preview == 4
    assert points(read_arrays(job.folder.preview(4))[0], "vertices")[0, 0] == 40


def test_cancel_ends_the_job_and_leaves_no_process(start: Start) -> None:
    job = start("slow")
    _until(lambda: job.latest.step > 0, job)
    job.cancel()
    assert job.state is State.STOPPING
    assert job.wait(20) is State.CANCELLED
    assert not process_alive(job._process.pid)
    assert not job.folder.result.exists()


def test_pause_stands_still_and_resume_goes_on(start: Start) -> None:
    job = start("slow")
    _until(lambda: job.latest.step > 0, job)
    job.set_paused(True)
    time.sleep(2)
    job.poll()
    step = job.latest.step
    time.sleep(2)
    job.poll()
    assert job.latest.step == step
    assert job.paused
    job.set_paused(False)
    _until(lambda: job.latest.step > step, job)


def test_use_best_ends_early_with_a_result(start: Start) -> None:
    job = start("slow")
    _until(lambda: job.latest.step > 0, job)
    job.use_best()
    assert job.wait(20) is State.DONE
    assert read_arrays(job.folder.result)[1]["steps"] < 40


def test_a_crash_is_told_with_the_log(start: Start) -> None:
    job = start("crash")
    assert job.wait(20) is State.FAILED
    assert job.failure is not None
    assert "fell over" in job.failure.detail
    assert job.failure.message.endswith(".")


@pytest.mark.parametrize("scenario", ["silent_crash", "garbage_error"])
def test_an_end_without_words_still_has_a_sentence(scenario: str, start: Start) -> None:
    job = start(scenario)
    assert job.wait(20) is State.FAILED
    assert job.failure is not None
    assert job.failure.remedy.endswith(".")


def test_garbage_events_are_passed_over_and_a_garbage_result_is_refused(start: Start) -> None:
    job = start("garbage")
    assert job.wait(20) is State.DONE
    assert job.latest.step == 0
    with pytest.raises(BadArrays, match="can't be read"):
        read_arrays(job.folder.result)


def test_another_protocol_version_is_stopped_at_once(start: Start) -> None:
    job = start("version")
    assert job.wait(20) is State.FAILED
    assert job.failure is not None
    assert job.failure.code == "protocol"
    assert not process_alive(job._process.pid)


def test_a_hanging_backend_is_named_and_killed_on_cancel(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_module, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(job_module, "STOP_SECONDS", 0.5)
    job = start("hang")
    time.sleep(0.6)
    assert not job.poll()
    assert job.silent_seconds > 0.3
    job.cancel()
    assert job.wait(20) is State.CANCELLED
    assert not process_alive(job._process.pid)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_killed_backend_is_told_in_words(start: Start) -> None:
    job = start("slow")
    _until(lambda: job.latest.step > 0, job)
    os.kill(job._process.pid, signal.SIGKILL)
    assert job.wait(20) is State.FAILED
    assert job.failure is not None
    assert "memory" in job.failure.message


def test_the_real_worker_starts_from_any_folder_with_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    folder = JobFolder.create(tmp_path, Kind.DOCTOR)
    folder.request.write_text('{"protocol": 99}')
    job = Job(folder, worker_command(sys.executable, folder.path), worker_environment(tmp_path))
    assert job.wait(60) is State.FAILED
    assert job.failure is not None
    assert job.failure.code == "protocol", job.log_tail()


def test_a_python_that_lacks_everything_still_answers(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, Kind.DOCTOR)
    folder.write_request(Request(Kind.DOCTOR, DoctorSettings()))
    command = worker_command(sys.executable, folder.path)
    command.insert(1, "-S")  # no site-packages: an interpreter where nothing was installed
    job = Job(folder, command, worker_environment(tmp_path))
    assert job.wait(60) is State.FAILED
    assert job.failure is not None
    assert job.failure.code == "environment", job.log_tail()
    assert "numpy" in job.failure.message


def test_arrays_survive_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"vertices": np.eye(3), "few": np.zeros((2, 2)), "whole": np.zeros((3, 3), np.int32)})
    arrays, meta = read_arrays(path)
    assert meta == {}
    assert np.array_equal(points(arrays, "vertices", 3), np.eye(3))
    for name, count in (("vertices", 4), ("few", None), ("whole", None), ("missing", None)):
        with pytest.raises(BadArrays):
            points(arrays, name, count)
    write_arrays(path, {"vertices": np.full((1, 3), np.nan)})
    with pytest.raises(BadArrays, match="not finite"):
        read_arrays(path)


def test_the_breaker_opens_after_repeated_crashes_and_closes_with_time() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    for _ in range(MOST_CRASHES):
        assert not breaker.open
        breaker.crashed()
    assert breaker.open
    now = WINDOW_SECONDS + 1
    assert not breaker.open
