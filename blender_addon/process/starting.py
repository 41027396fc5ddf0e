# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting a job, taking one up again, and waiting for one where there is no window."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from .. import shared
from ..package import preferences, user_folder
from ..words import UserError
from . import timer, view
from .session import breaker, session

if TYPE_CHECKING:
    from ..shared import protocol

LONGEST_SECONDS = 3600.0


def refusal(context: bpy.types.Context) -> str:
    """Why no job can start now, with the remedy; empty when one can."""
    if session.running or session.taking is not None:
        return "A job is running. Wait for it, or cancel it"
    if not preferences(context).python:
        return "The backend is not set up. Open the Backend section"
    if breaker.open:
        return "The backend crashed three times. Press Check in the Backend section"
    return ""


def start(
    context: bpy.types.Context,
    settings: "protocol.Settings",
    client: Mapping[str, Any],
    arrays: Mapping[str, Any] | None = None,
    python: str = "",
) -> None:
    """Start the kind of job that ``settings`` are of; the timer brings its result to ``HANDLERS[client["handler"]]``.

    Raises
    ------
    UserError
        When another job runs, there is no backend, or it can't be started.
    """
    from . import folders

    reason = "" if python and not session.running else refusal(context)
    if reason:
        raise UserError(reason)
    jobs = user_folder("jobs")
    folders.remove_old(jobs)
    folder = shared.protocol.JobFolder.create(jobs, settings.kind)
    if arrays:
        from .arrays import write_arrays

        write_arrays(folder.arrays, arrays)
    folder.write_request(shared.protocol.Request(settings.kind, settings, os.getpid()))
    launch(context, folder, client, python)


def launch(
    context: bpy.types.Context, folder: "protocol.JobFolder", client: Mapping[str, Any], python: str = ""
) -> None:
    """Start a worker on a folder whose request is written, unless its result is there already.

    Raises `UserError` when there is no such program.
    """
    from . import folders
    from .command import worker_command, worker_environment
    from .job import Job

    client = {**client, "files": session.files}
    folders.write_client(folder.path, client)
    command = worker_command(python or bpy.path.abspath(preferences(context).python), folder.path)
    try:
        job = Job(folder, None if folder.result.exists() else command, worker_environment(user_folder("caches")))
    except OSError as error:
        folders.close(folder.path)
        sentence = "The backend's Python could not be started ({reason}). Choose another one"
        raise UserError(sentence, reason=error.strerror) from error
    session.begin(job, client)
    view.show(context)
    timer.begin()


def finish_now(context: bpy.types.Context) -> None:
    """Wait for the running job and take its result: the way of scripts and of Blender without a window.

    Raises
    ------
    UserError
        When the job failed.
    """
    from . import wording

    job = session.job
    if job is None:
        raise UserError("No job is running")
    state = job.wait(LONGEST_SECONDS)
    view.show(context)
    if state != "done":
        timer.note_failure()
        if job.failure:
            raise UserError(job.failure.message, job.failure.remedy)
        raise UserError(*wording.ending(shared.protocol.ExitCode.CANCELLED))
    breaker.reset()
    bpy.ops.onesculpt.take_result()
