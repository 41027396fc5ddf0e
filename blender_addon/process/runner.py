# SPDX-License-Identifier: GPL-3.0-or-later
"""The one job that runs at a time: started, taken up again, delivered to whoever asked; `ticking` polls it.

A job's purpose lies beside it in ``client.json`` (which handler, which object names, which file was
open), so nothing here holds a reference into Blender's data across undo or file load.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from .. import shared
from ..package import preferences, user_folder
from ..words import Phrase
from .breaker import Breaker

if TYPE_CHECKING:
    from ..shared import protocol
    from .job import Job
    from .slices import Slices, Work

Handler = Callable[[bpy.types.Context, "Delivery"], "Work[None]"]
HANDLERS: dict[str, Handler] = {}
"""What to do with a result, by the name that the asking feature gave. See `taking` for where it may rest."""
PREVIEWS: dict[str, Callable[[bpy.types.Context, "Delivery"], None]] = {}
"""What to do with preview vertices while the job runs."""

breaker = Breaker()


class Refused(Exception):
    """A job that can't be started now; the text says why and what to do."""


class Delivery:
    """What a handler gets: the arrays, the backend's words about them, and what was asked for."""

    def __init__(self, arrays: dict[str, Any], meta: dict[str, Any], client: dict[str, Any]) -> None:
        self.arrays = arrays
        self.meta = meta
        self.client = client
        self.afterwards: Callable[[], object] | None = None
        """What a handler wants done once all is taken, for example the next job."""


class _Session:
    """The state of this Blender process."""

    job: "Job | None" = None
    client: Mapping[str, Any] = {}
    preview = 0
    files = 0
    """How many files were opened since the add-on was enabled."""
    history = 0
    """How often something was undone or redone since then."""
    waiting = False
    """A result is there but could not be taken yet (the artist is sculpting, or opened another file)."""
    reading: "Slices[Delivery] | None" = None
    delivery: Delivery | None = None
    """A result that was read, and goes into the scene next."""
    taking: "Slices[None] | None" = None
    """The result on its way into the scene, begun when ``history`` stood at ``taking_since``."""
    taking_since = 0
    taken = False
    """The last job's result is in the scene."""
    failure: "protocol.Failure | None" = None
    log = ""


session = _Session()


def running() -> bool:
    """Whether a job is under way."""
    return session.job is not None and not session.job.ended


def refusal(context: bpy.types.Context) -> str:
    """Why no job can start now, with the remedy; empty when one can."""
    if running() or session.taking is not None:
        return "A job is running. Wait for it, or cancel it"
    if not preferences(context).python:
        return "The backend is not set up. Open the Backend section"
    if breaker.open:
        return "The backend crashed three times. Press Check in the Backend section"
    return ""


def start(
    context: bpy.types.Context,
    kind: str,
    settings: "protocol.Settings",
    client: Mapping[str, Any],
    arrays: Mapping[str, Any] | None = None,
    python: str = "",
) -> "Job":
    """Start a job; the timer brings its result to ``HANDLERS[client["handler"]]``.

    Raises
    ------
    Refused
        When another job runs, there is no backend, or it can't be started.
    """
    from . import folders

    reason = "" if python and not running() else refusal(context)
    if reason:
        raise Refused(reason)
    jobs = user_folder("jobs")
    folders.remove_old(jobs)
    folder = shared.protocol.JobFolder.create(jobs, shared.protocol.Kind(kind))
    if arrays:
        from .arrays import write_arrays

        write_arrays(folder.arrays, arrays)
    folder.write_request(shared.protocol.Request(shared.protocol.Kind(kind), settings, os.getpid()))
    return launch(context, folder, client, python)


def launch(
    context: bpy.types.Context, folder: "protocol.JobFolder", client: Mapping[str, Any], python: str = ""
) -> "Job":
    """Start a worker on a folder whose request is written, unless its result is there already.

    Raises `Refused` when there is no such program.
    """
    from . import folders, ticking
    from .command import worker_command, worker_environment
    from .job import Job

    client = {**client, "files": session.files}
    folders.write_client(folder.path, client)
    interpreter = python or bpy.path.abspath(preferences(context).python)
    try:
        if folder.result.exists():
            job = Job(folder)
        else:
            command = worker_command(interpreter, folder.path)
            job = Job(folder, command, worker_environment(user_folder("caches")))
    except OSError as error:
        folders.close(folder.path)
        raise Refused(
            Phrase(
                "The backend's Python could not be started ({reason}). Choose another one",
                reason=error.strerror,
            )
        ) from error
    session.job, session.client, session.preview = job, client, 0
    session.waiting, session.taken, session.failure = False, False, None
    session.reading, session.delivery, session.taking = None, None, None
    ticking.show(context)
    ticking.begin()
    return job


def finish_now(context: bpy.types.Context, seconds: float = 3600) -> None:
    """Wait for the running job and take its result: the way of scripts and of Blender without a window.

    Raises
    ------
    Refused
        When the job failed.
    """
    from . import ticking, wording
    from .job import State

    job = session.job
    if job is None:
        raise Refused("No job is running")
    state = job.wait(seconds)
    ticking.show(context)
    if state is not State.DONE:
        note_failure(job)
        message, remedy = (
            (job.failure.message, job.failure.remedy)
            if job.failure
            else wording.ending(shared.protocol.ExitCode.CANCELLED)
        )
        raise Refused(Phrase("{what} {remedy}", what=message, remedy=remedy))
    breaker.reset()
    bpy.ops.onesculpt.take_result()


def note_failure(job: "Job") -> None:
    """Keep what the error dialog shows; a crash counts towards the limit on restarts, a killed training is offered again."""
    from . import folders, ticking
    from .job import State

    session.failure, session.log = job.failure, job.log_tail()
    if job.state is State.FAILED and folders.leave_open(job.folder):
        ticking.look_soon()
    else:
        folders.close(job.folder.path)
    if job.failure and job.failure.code == "crash":
        breaker.crashed()


def jobs_folder() -> Path | None:
    """Where jobs are, if there was ever one."""
    path = Path(user_folder("jobs", create=False))
    return path if path.is_dir() else None


@bpy.app.handlers.persistent
def _file_opened(*_: object) -> None:
    """A result that was asked for in another file is offered, not put into this one unasked."""
    from . import ticking

    session.files += 1
    ticking.look_soon()


@bpy.app.handlers.persistent
def _history_moved(*_: object) -> None:
    """What was being put into the scene may be gone again, or there twice."""
    session.history += 1


_LISTENERS = (("load_post", _file_opened), ("undo_post", _history_moved), ("redo_post", _history_moved))


def open_session() -> None:
    """Start to notice files being opened, and undo; for enabling the add-on."""
    for name, listener in _LISTENERS:
        getattr(bpy.app.handlers, name).append(listener)


def close_session() -> None:
    """End whatever runs; for disabling the add-on. An ended training can be taken up again."""
    from . import ticking

    for name, listener in _LISTENERS:
        listeners = getattr(bpy.app.handlers, name)
        if listener in listeners:
            listeners.remove(listener)
    ticking.end()
    if session.job is not None:
        session.job.close()
        session.job = None
