# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new about jobs, copied to where panels read it, so that drawing does no work."""

import time
from pathlib import Path

import bpy

from ..package import redraw, user_folder
from ..words import packed
from .session import session

SILENT = "The backend does not answer. Cancel, or go on waiting"
MOST_OFFERED = 3


def show(context: bpy.types.Context) -> None:
    """Copy the job's state to the panel, and have it drawn again."""
    from . import wording
    from .job import tail

    job, view = session.job, context.window_manager.onesculpt.process
    if job is None:
        return
    view.stage = job.latest.stage or "Starting"
    view.fraction = job.latest.fraction
    if job.silent_seconds:
        view.left = SILENT
    else:
        view.left = "Paused" if job.paused else packed(wording.time_left(job.latest.seconds_left))
    failure = job.failure or session.failure
    view.message, view.remedy = (packed(failure.message), packed(failure.remedy)) if failure else ("", "")
    # The newest line of a set-up's log; other jobs keep none.
    lines = tail(job.folder.path / "install.log", 2000).splitlines()
    view.log = next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")
    view.interrupted.clear()
    redraw(context)


def jobs_folder() -> Path | None:
    """Where jobs are, if there was ever one."""
    path = user_folder("jobs", create=False)
    return path if path.is_dir() else None


def show_interrupted(context: bpy.types.Context) -> bool:
    """Show which jobs were interrupted; whether another one's worker may still be leaving.

    Does nothing while a job runs or where there never was one.
    """
    view, jobs = context.window_manager.onesculpt.process, jobs_folder()
    view.interrupted.clear()
    if jobs is None or session.running or session.waiting:
        return False
    from . import folders

    for found in folders.interrupted(jobs)[:MOST_OFFERED]:
        row = view.interrupted.add()
        row.name, row.path, row.fraction, row.finished = found.name, str(found.path), found.fraction, found.finished
        row.started = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.started))
    redraw(context)
    return folders.may_follow(jobs)
