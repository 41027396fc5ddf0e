# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer that follows the running job, and copies what is new to where panels read it."""

import sys
import time
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path

import bpy

from ..package import NAME, redraw
from ..words import packed
from . import runner, taking

POLL_SECONDS = 0.15
LOOK_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 5.0
LOOKS = 8
session = runner.session
_looks = [0]
_to_load = ["numpy", ".process.arrays", ".pair.head", ".rig.build", ".stylize.live", ".stylize.curve_icon"]
"""What is imported while the first job runs, or before the first result."""


def begin() -> None:
    """Poll from now on; without a window there are no timers, and operators wait instead."""
    if not bpy.app.background and not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=POLL_SECONDS, persistent=True)


def end() -> None:
    """Stop all timers."""
    for timer in (tick, look):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)


def look_soon() -> None:
    """Look for interrupted jobs once Blender has settled."""
    _looks[0] = 0
    if not bpy.app.background and not bpy.app.timers.is_registered(look):
        bpy.app.timers.register(look, first_interval=LOOK_SECONDS)


def look() -> float | None:
    """Show the panel which jobs were interrupted; does nothing while one runs or where there never was one.

    The worker of a Blender that crashed this minute may still be leaving; then it looks again.
    """
    context = bpy.context
    view = context.window_manager.onesculpt.process
    view.interrupted.clear()
    jobs = runner.jobs_folder()
    if jobs is None or runner.running() or session.waiting:
        return None
    from . import folders

    for found in folders.interrupted(jobs)[:3]:
        row = view.interrupted.add()
        row.name, row.path, row.fraction, row.finished = (
            found.name,
            str(found.path),
            found.fraction,
            found.finished,
        )
        row.started = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.started))
    redraw(context)
    _looks[0] += 1
    return LOOK_AGAIN_SECONDS if _looks[0] < LOOKS and folders.may_follow(jobs) else None


def tick() -> float | None:
    """One poll; ends the timer when there is nothing more to wait for."""
    from .job import State

    context, job = bpy.context, session.job
    if job is None:
        return None
    if job.poll():
        show(context)
    if job.silent_seconds:
        context.window_manager.onesculpt.process.left = (
            "The backend does not answer. Cancel, or go on waiting"
        )
        redraw(context)
    if not job.ended:
        _show_preview(context)
        _load_next()
        return POLL_SECONDS
    if job.state is not State.DONE:
        runner.note_failure(job)
    elif not session.taken:
        runner.breaker.reset()
        if _must_wait(context):
            session.taking = None  # what was put into the scene so far is whole; it is begun again later
            show(context)
            return POLL_SECONDS * 4
        if _load_next():
            return 0.0
        with _in_view(context):
            if not taking.take_some(context):
                return 0.0  # the next slice comes after a redraw
    show(context)
    return POLL_SECONDS if runner.running() else None  # a handler may have started the next job


def _load_next() -> bool:
    """Import one of the modules that the result will need (all at once would hold Blender up); whether there was one."""
    while _to_load:
        name = _to_load.pop(0)
        whole = f"{NAME}{name}" if name.startswith(".") else name
        if whole not in sys.modules:
            import_module(whole)
            return True
    return False


def _must_wait(context: bpy.types.Context) -> bool:
    """Whether the result can't be taken in now without getting in the artist's way."""
    modal = any(len(window.modal_operators) for window in context.window_manager.windows)
    busy = context.mode != "OBJECT" or modal or _rendering()
    session.waiting = busy or session.client["files"] != session.files
    return session.waiting


def _rendering() -> bool:
    """Whether another thread of Blender reads the scene, which must not change meanwhile."""
    return any(bpy.app.is_job_running(job) for job in ("RENDER", "OBJECT_BAKE"))


def _in_view(context: bpy.types.Context) -> AbstractContextManager[None]:
    """The context of a 3D view, which a timer does not have."""
    window = context.window_manager.windows[0]
    area = next((area for area in window.screen.areas if area.type == "VIEW_3D"), None)
    region = next((region for region in area.regions if region.type == "WINDOW"), None) if area else None
    return context.temp_override(window=window, area=area, region=region)


def _show_preview(context: bpy.types.Context) -> None:
    from .arrays import BadArrays, read_arrays

    job = session.job
    handler = runner.PREVIEWS.get(session.client.get("handler", ""))
    elsewhere = session.client["files"] != session.files
    if handler is None or job.latest.preview <= session.preview or elsewhere or _rendering():
        return
    session.preview = job.latest.preview
    try:
        arrays, meta = read_arrays(job.folder.preview(session.preview))
        handler(context, runner.Delivery(arrays, meta, dict(session.client)))
    except BadArrays:
        return  # a newer one has taken its place


def show(context: bpy.types.Context) -> None:
    """Copy the job's state to where panels read it, and have them drawn again."""
    from . import wording

    job, view = session.job, context.window_manager.onesculpt.process
    if job is None:
        return
    view.stage = job.latest.stage or "Starting"
    view.fraction = job.latest.fraction
    view.left = "Paused" if job.paused else packed(wording.time_left(job.latest.seconds_left))
    failure = job.failure or session.failure
    view.message = packed(failure.message) if failure else ""
    view.remedy = packed(failure.remedy) if failure else ""
    view.log = _last_line(job.folder.path / "install.log")
    view.interrupted.clear()
    redraw(context)


def _last_line(log: Path) -> str:
    """The newest line of a set-up's log; empty where the job keeps none."""
    from .job import tail

    lines = [line.strip() for line in tail(log, 2000).splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
