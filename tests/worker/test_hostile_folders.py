# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a job folder, or where a program is started, is neither imported nor written through."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.installer import Environment
from backend.protocol import Event, IdentitiesSettings, JobFolder, Kind, Request, mark, open_own
from backend.worker.arrays import read_arrays
from blender_addon.process import folders
from blender_addon.process.arrays import write_arrays
from blender_addon.process.command import worker_command, worker_environment
from blender_addon.process.job import Job, State
from tests.build.fake_wheels import make_wheel

MODULES = ("numpy", "json", "pathlib", "venv", "pip", "sitecustomize", "usercustomize", "backend")


def _plant_modules(folder: Path, trace: Path) -> None:
    """Modules whose import leaves a trace, under the names that are imported first."""
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"open({str(trace)!r}, 'a').write({name!r} + ' ')\n")


def _job(folder: Path) -> JobFolder:
    job = JobFolder.create(folder, Kind.IDENTITIES)
    job.write_request(Request(Kind.IDENTITIES, IdentitiesSettings(count=1)))
    return job


@pytest.mark.parametrize("started_in", ["the job folder", "another folder"])
def test_the_worker_imports_nothing_from_where_it_works(started_in: str, tmp_path: Path) -> None:
    folder, trace, elsewhere = _job(tmp_path / "jobs"), tmp_path / "trace", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for place in (folder.path, elsewhere):
        _plant_modules(place, trace)
    command, variables = worker_command(sys.executable, folder.path), worker_environment(tmp_path)
    if started_in == "the job folder":
        job = Job(folder, command, variables)
        assert job.wait(120) is State.DONE, job.log_tail()
    else:
        subprocess.run(command, env=variables, cwd=elsewhere, check=True, timeout=120)
    assert not trace.exists(), trace.read_text()
    assert len(read_arrays(folder.result)[0]["vertices"]) == 1


def test_a_set_up_imports_nothing_from_where_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, wheels, trace = tmp_path / "job", tmp_path / "wheels", tmp_path / "trace"
    for folder in (job, wheels):
        folder.mkdir()
    _plant_modules(job, trace)
    lock = tmp_path / "small.lock"
    lock.write_text(make_wheel(wheels, "onesculpt_test_a", "1.0"), "utf-8")
    monkeypatch.chdir(job)
    target = Environment(tmp_path / "environment", (lock,))
    for _ in range(2):  # the second time it is examined
        try:
            target.install(job / "install.log", lambda _: None, wheels)
        except UserError as error:
            pytest.fail(f"{error} {trace.read_text() if trace.exists() else ''}")
    assert not trace.exists(), trace.read_text()
    assert target.is_current()


def _plant_links(folder: JobFolder, victims: Path, kind: str) -> None:
    """Links to files of ours under every name that is written in a job folder."""
    victims.mkdir()
    log = folder.path / "install.log"
    names = (
        folder.progress,
        folder.result,
        folder.error,
        folder.log,
        folder.alive,
        folder.cancel,
        folder.pause,
        folder.use_best,
    )
    for path in (*names, folder.preview(1), folder.path / folders.CLIENT, folder.path / folders.CLOSED, log):
        victim = victims / path.name
        if kind != "dangling":
            victim.write_text("precious\n")
            os.utime(victim, (1, 1))
        os.link(victim, path) if kind == "hard" else path.symlink_to(victim)


def _untouched(victims: Path, kind: str) -> bool:
    left = list(victims.iterdir())
    if kind == "dangling":
        return not left
    return len(left) > 8 and all(path.read_text() == "precious\n" and path.stat().st_mtime == 1 for path in left)


kinds_of_links = pytest.mark.parametrize("kind", ["symbolic", "dangling", "hard"])
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="symbolic links take a privilege on Windows")


@needs_links
@kinds_of_links
def test_no_write_into_a_job_folder_goes_through_a_link(kind: str, tmp_path: Path) -> None:
    folder, victims = _job(tmp_path), tmp_path / "victims"
    _plant_links(folder, victims, kind)
    writes: dict[Path, Callable[[], object]] = {
        folder.progress: lambda: folder.append(Event("Fine-tuning", 1, 2, losses={"total": 1.0})),
        folder.alive: folder.beat,
        folder.path / folders.CLIENT: lambda: folders.write_client(folder.path, {"name": "Goblin"}),
        folder.path / folders.CLOSED: lambda: folders.close(folder.path),
        folder.result: lambda: write_arrays(folder.result, {}),
        folder.cancel: lambda: mark(folder.cancel),
    }
    for path, write in writes.items():
        write()
        assert path.is_file() and not path.is_symlink(), path.name
    with open_own(folder.path / "install.log") as stream:
        stream.write(b"new")
    assert _untouched(victims, kind)
    assert folders.EventReader(folder.progress).read()[-1].step == 1
    assert folders.read_client(folder.path) == {"name": "Goblin"}


@needs_links
@kinds_of_links
def test_a_job_in_a_folder_full_of_links_writes_files_of_its_own(kind: str, tmp_path: Path) -> None:
    folder, victims = _job(tmp_path), tmp_path / "victims"
    _plant_links(folder, victims, kind)
    for wish in (folder.cancel, folder.pause, folder.use_best, folder.error, folder.result):
        if kind != "dangling":  # or the job would rightly do as it is told
            wish.unlink()
    job = Job(folder, worker_command(sys.executable, folder.path), worker_environment(tmp_path))
    assert job.wait(120) is State.DONE, job.log_tail()
    job.set_paused(True)
    job.use_best()
    assert job.paused
    assert _untouched(victims, kind)
    assert len(read_arrays(folder.result)[0]["vertices"]) == 1


@needs_links
def test_an_interrupted_job_is_not_looked_for_behind_a_link(tmp_path: Path) -> None:
    folder, jobs = _job(tmp_path / "elsewhere"), tmp_path / "jobs"
    jobs.mkdir()
    (jobs / folder.path.name).symlink_to(folder.path, target_is_directory=True)
    assert not folders.may_follow(jobs)
    folders.remove_old(jobs, keep=0)
    assert folder.request.exists()


def test_a_file_that_is_only_ours_is_written_on(tmp_path: Path) -> None:
    for text in (b"one ", b"two"):
        with open_own(tmp_path / "log") as stream:
            stream.write(text)
    assert (tmp_path / "log").read_bytes() == b"one two"
    mark(tmp_path / "log")
    assert (tmp_path / "log").read_bytes() == b""
