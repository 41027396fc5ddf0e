# SPDX-License-Identifier: GPL-3.0-or-later
"""Job folders between runs of Blender: which are closed, which were interrupted, which may go (no Blender needed).

A job is closed when its result was taken, its failure shown, or the artist let it go; a marker file
says so. One that is not closed although no worker serves it was interrupted: its worker was killed,
or Blender crashed, was closed, or never got to take the result.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..shared import protocol
from .events import EventReader

CLOSED = "closed"
CLIENT = "client.json"
SERVED_SECONDS = 10.0
"""A worker touches its sign of life every half second."""
KEPT_FOLDERS = 8
KEPT_SECONDS = 30 * 24 * 3600.0
"""After so long an interrupted job is no longer offered."""
RESUMABLE = {protocol.Kind.STYLIZE}
"""Jobs that take long enough to be worth taking up again."""


@dataclass(frozen=True)
class Interrupted:
    """A job that can be taken up: what it was for, how far it came, whether its result is there."""

    path: Path
    name: str
    fraction: float
    finished: bool
    started: float
    """Seconds since the epoch."""


def write_client(path: Path, client: Mapping[str, Any]) -> None:
    """Keep beside the job what its result is for."""
    with protocol.replacing(path / CLIENT) as temporary:
        temporary.write_text(json.dumps(dict(client)), encoding="utf-8")


def read_client(path: Path) -> dict[str, Any]:
    """What the job's result is for; empty when that is not known."""
    try:
        client = json.loads((path / CLIENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return client if isinstance(client, dict) else {}


def close(path: Path) -> None:
    """Note that nobody waits for this job any more."""
    with contextlib.suppress(OSError):  # the folder may be gone; then nobody will find it either
        protocol.mark(path / CLOSED)


def leave_open(folder: protocol.JobFolder) -> bool:
    """Have a job whose worker was killed offered again, when it had come so far that this is worth it; whether it is."""
    try:
        kind = folder.read_request().kind
    except protocol.ProtocolError:
        return False
    if kind not in RESUMABLE or folder.error.exists() or not _fraction(folder):
        return False
    protocol.mark(folder.alive)
    os.utime(folder.alive, (0, 0))  # nobody has to wait for its next sign of life
    return True


def interrupted(jobs: Path) -> list[Interrupted]:
    """The jobs that can be taken up, the newest first."""
    found: list[Interrupted] = []
    for path in reversed(_job_paths(jobs)):
        folder = protocol.JobFolder(path)
        if (path / CLOSED).exists() or _served(folder):
            continue
        client, started = read_client(path), _age_start(folder.request)
        try:
            request = folder.read_request()
        except protocol.ProtocolError:
            continue
        fresh = started > 0 and time.time() - started < KEPT_SECONDS
        if request.kind in RESUMABLE and client.get("handler") and fresh and not folder.error.exists():
            name, done = str(client.get("name", "")), folder.result.exists()
            found.append(Interrupted(path, name, 1.0 if done else _fraction(folder), done, started))
    return found


def may_follow(jobs: Path) -> bool:
    """Whether a job that is not closed still has a worker, so that looking again later is worth it."""
    return any(not (path / CLOSED).exists() and _served(protocol.JobFolder(path)) for path in _job_paths(jobs))


def reopen(path: Path, *, use_best: bool) -> protocol.JobFolder:
    """Make an interrupted job ready for a new worker; with ``use_best`` it ends at once with its best.

    Raises
    ------
    ProtocolError
        When the request can't be read.
    """
    folder = protocol.JobFolder(path)
    folder.write_request(replace(folder.read_request(), parent_pid=os.getpid()))
    for wish in (folder.cancel, folder.pause, folder.use_best):
        wish.unlink(missing_ok=True)
    if use_best:
        protocol.mark(folder.use_best)
    return folder


def remove_old(jobs: Path, keep: int = KEPT_FOLDERS) -> None:
    """Delete all but the newest folders; none that a worker serves or that can be taken up."""
    kept = {job.path for job in interrupted(jobs)}
    for path in _job_paths(jobs)[:-keep]:
        if path not in kept and not _served(protocol.JobFolder(path)):
            shutil.rmtree(path, ignore_errors=True)


def _job_paths(jobs: Path) -> list[Path]:
    """Every job's folder, the oldest first; a link to a folder is none."""
    return sorted(path for path in jobs.iterdir() if path.is_dir() and not path.is_symlink())


def _served(folder: protocol.JobFolder) -> bool:
    if folder.seconds_since_beat() < SERVED_SECONDS:
        return True
    started = _age_start(folder.request)  # its worker may be about to give its first sign
    return not folder.alive.exists() and time.time() - started < SERVED_SECONDS


def _age_start(request: Path) -> float:
    try:
        return request.stat().st_mtime
    except OSError:
        return 0.0


def _fraction(folder: protocol.JobFolder) -> float:
    """How far the training came; what goes before it counts as nothing."""
    events = EventReader(folder.progress).read()
    return max((event.fraction for event in events if event.losses), default=0.0)
