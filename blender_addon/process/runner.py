# SPDX-License-Identifier: GPL-3.0-or-later
"""The one job that runs at a time, polled by Blender's timer; its result is handed to whoever asked.

A job's purpose lies beside it in ``client.json`` (which handler, which object names, which file was
open), so nothing here holds a reference into Blender's data across undo or file load.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bpy

from ..package import preferences, user_folder
from ..shared import protocol
from . import wording
from .breaker import Breaker
from .command import worker_command, worker_environment
from .job import Job, State, old_folders

POLL_SECONDS = 0.15
Handler = Callable[[bpy.types.Context, "Delivery"], None]
HANDLERS: dict[str, Handler] = {}
"""What to do with a result, by the name that the asking feature gave."""
PREVIEWS: dict[str, Handler] = {}
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


class _Session:
    """The state of this Blender process."""

    job: Job | None = None
    client: Mapping[str, Any] = {}
    preview = 0
    files = 0
    """How many files were opened since the add-on was enabled."""
    waiting = False
    """A result is there but could not be taken yet (the artist is sculpting, or opened another file)."""
    failure: protocol.Failure | None = None
    log = ""


session = _Session()


def running() -> bool:
    """Whether a job is under way."""
    return session.job is not None and not session.job.ended


def refusal(context: bpy.types.Context) -> str:
    """Why no job can start now, with the remedy; empty when one can."""
    if running():
        return "A job is running. Wait for it, or cancel it"
    if not preferences(context).python:
        return "The backend is not set up. Open the Backend section"
    if breaker.open:
        return "The backend crashed three times. Press Check in the Backend section"
    return ""


def start(
    context: bpy.types.Context,
    kind: protocol.Kind,
    settings: protocol.Settings,
    client: Mapping[str, Any],
    arrays: Mapping[str, Any] | None = None,
    python: str = "",
) -> Job:
    """Start a job; the timer brings its result to ``HANDLERS[client["handler"]]``.

    Raises
    ------
    Refused
        When another job runs, there is no backend, or it can't be started.
    """
    reason = "" if python and not running() else refusal(context)
    if reason:
        raise Refused(reason)
    jobs = user_folder("jobs")
    for old in old_folders(jobs):
        shutil.rmtree(old, ignore_errors=True)
    folder = protocol.JobFolder.create(jobs, kind)
    if arrays:
        from .arrays import write_arrays

        write_arrays(folder.arrays, arrays)
    client = {**client, "files": session.files}
    (folder.path / "client.json").write_text(json.dumps(client), encoding="utf-8")
    folder.write_request(protocol.Request(kind, settings, os.getpid()))
    interpreter = python or bpy.path.abspath(preferences(context).python)
    try:
        job = Job(folder, worker_command(interpreter, folder.path), worker_environment(user_folder("caches")))
    except OSError as error:
        raise Refused(
            f"The backend's Python could not be started ({error.strerror}). Choose another one"
        ) from error
    session.job, session.client, session.preview = job, client, 0
    session.waiting, session.failure = False, None
    _show(context)
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=POLL_SECONDS, persistent=True)
    return job


def finish_now(context: bpy.types.Context, seconds: float = 3600) -> None:
    """Wait for the running job and take its result: the way of scripts and of Blender without a window.

    Raises
    ------
    Refused
        When the job failed.
    """
    job = session.job
    if job is None:
        raise Refused("No job is running")
    state = job.wait(seconds)
    _show(context)
    if state is not State.DONE:
        _note_failure(job)
        failure = job.failure or protocol.Failure(*wording.ending(protocol.ExitCode.CANCELLED))
        raise Refused(f"{failure.message} {failure.remedy}")
    breaker.reset()
    bpy.ops.onesculpt.take_result()


def deliver(context: bpy.types.Context) -> None:
    """Hand the finished job's result to its handler; raises `BadArrays` when it is damaged."""
    from .arrays import read_arrays

    job = session.job
    if job is None or job.state is not State.DONE:
        return
    session.waiting = False
    arrays, meta = read_arrays(job.folder.result)
    HANDLERS[session.client["handler"]](context, Delivery(arrays, meta, dict(session.client)))


@bpy.app.handlers.persistent
def _file_opened(*_: object) -> None:
    """A result that was asked for in another file is offered, not put into this one unasked."""
    session.files += 1


def open_session() -> None:
    """Start to notice files being opened; for enabling the add-on."""
    bpy.app.handlers.load_post.append(_file_opened)


def close() -> None:
    """End whatever runs; for disabling the add-on."""
    if _file_opened in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_file_opened)
    if session.job is not None:
        session.job.close()
        session.job = None
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def _tick() -> float | None:
    """One poll; ends the timer when there is nothing more to wait for."""
    context, job = bpy.context, session.job
    if job is None:
        return None
    if job.poll():
        _show(context)
    if job.silent_seconds:
        context.window_manager.onesculpt.process.left = (
            "The backend does not answer. Cancel, or go on waiting"
        )
    if not job.ended:
        _show_preview(context, job)
        return POLL_SECONDS
    if job.state is State.DONE:
        breaker.reset()
        if _must_wait(context):
            _show(context)
            return POLL_SECONDS * 4
        _take(context)
    else:
        _note_failure(job)
    _show(context)
    return None


def _must_wait(context: bpy.types.Context) -> bool:
    """Whether the result can't be taken in now without getting in the artist's way."""
    busy = context.mode != "OBJECT" or any(
        len(window.modal_operators) for window in context.window_manager.windows
    )
    session.waiting = busy or session.client["files"] != session.files
    return session.waiting


def _take(context: bpy.types.Context) -> None:
    window = context.window_manager.windows[0]
    area = next((area for area in window.screen.areas if area.type == "VIEW_3D"), None)
    region = next((region for region in area.regions if region.type == "WINDOW"), None) if area else None
    with context.temp_override(window=window, area=area, region=region):
        bpy.ops.onesculpt.take_result("EXEC_DEFAULT", True)


def _show_preview(context: bpy.types.Context, job: Job) -> None:
    handler, number = PREVIEWS.get(session.client.get("handler", "")), job.latest.preview
    if handler is None or number <= session.preview:
        return
    from .arrays import BadArrays, read_arrays

    session.preview = number
    try:
        arrays, meta = read_arrays(job.folder.preview(number))
        handler(context, Delivery(arrays, meta, dict(session.client)))
    except BadArrays:
        return  # a newer one has taken its place


def _note_failure(job: Job) -> None:
    session.failure, session.log = job.failure, job.log_tail()
    if job.failure and job.failure.code == "crash":
        breaker.crashed()


def _show(context: bpy.types.Context) -> None:
    """Copy the job's state to where panels read it, and have them drawn again."""
    job, view = session.job, context.window_manager.onesculpt.process
    if job is None:
        return
    view.stage = job.latest.stage or "Starting"
    view.fraction = job.latest.fraction
    view.left = "Paused" if job.paused else wording.time_left(job.latest.seconds_left)
    view.message = job.failure.message if job.failure else ""
    view.remedy = job.failure.remedy if job.failure else ""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def job_path() -> Path | None:
    """The folder of the last job, for its log."""
    return session.job.folder.path if session.job else None
