# SPDX-License-Identifier: GPL-3.0-or-later
"""The timers that follow the running job and look for interrupted ones, and what Blender tells of files and undo.

Nothing else registers a timer or a handler.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import wraps
from importlib import import_module

import bpy

from ..package import NAME
from . import taking, view
from .session import breaker, session

POLL_SECONDS = 0.15
LOOK_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 5.0
LOOKS = 8
_looks = [0]
_registered: set[Callable[[], float | None]] = set()
_to_load = ["numpy", ".process.arrays", ".pair.head", ".rig.build", ".stylize.live", ".stylize.curve_icon"]
"""What is imported while the first job runs, or before the first result."""


def later(work: Callable[[], float | None], seconds: float = 0.0, *, persistent: bool = False) -> None:
    """Have Blender call ``work`` soon, unless it will anyway, and again after as many seconds as it returns.

    Without a window there are no timers, and operators wait instead. A ``persistent`` one outlives opening a file.
    """
    if not bpy.app.background and not bpy.app.timers.is_registered(work):
        bpy.app.timers.register(work, first_interval=seconds, persistent=persistent)
        _registered.add(work)


def begin() -> None:
    """Follow the running job from now on."""
    later(tick, POLL_SECONDS, persistent=True)


def look_soon() -> None:
    """Look for interrupted jobs once Blender has settled."""
    _looks[0] = 0
    later(look, LOOK_SECONDS)


def _guarded(poll: Callable[[], float | None]) -> Callable[[], float | None]:
    """A timer's function that never raises, or Blender would not call it again: what goes wrong is told.

    A job that runs is followed on; the result of one that has ended is offered in the panel.
    """

    @wraps(poll)
    def never_raising() -> float | None:
        try:
            return poll()
        except Exception as error:  # noqa: BLE001 - whatever it is, the timer has to live on
            session.note(error, "Something went wrong inside Blender meanwhile ({reason}).")
        session.waiting = session.job is not None and session.job.state == "done" and not session.taken
        with suppress(Exception):  # what shows it may be what is broken
            view.show(bpy.context)
        return POLL_SECONDS if session.running else None

    return never_raising


@_guarded
def look() -> float | None:
    """Show the panel which jobs were interrupted; again while the worker of a Blender that crashed may be leaving."""
    _looks[0] += 1
    return LOOK_AGAIN_SECONDS if view.show_interrupted(bpy.context) and _looks[0] < LOOKS else None


@_guarded
def tick() -> float | None:
    """One poll; ends the timer when there is nothing more to wait for."""
    context, job = bpy.context, session.job
    if job is None:
        return None
    if job.poll() or job.silent_seconds:
        view.show(context)
    if not job.ended:
        _load_next()
        if not _rendering():
            taking.show_preview(context)
        return POLL_SECONDS
    if job.state != "done":
        note_failure()
    elif not session.taken:
        breaker.reset()
        if _must_wait(context):
            session.taking = None  # what was put into the scene so far is whole; it is begun again later
            view.show(context)
            return POLL_SECONDS * 4
        if _load_next():
            return 0.0
        with _in_view(context):
            if not taking.take_some(context):
                return 0.0  # the next slice comes after a redraw
    view.show(context)
    return POLL_SECONDS if session.running else None  # a handler may have started the next job


def note_failure() -> None:
    """Keep what the error dialog shows; a crash counts towards the limit on restarts, a killed training is offered again."""
    from . import folders

    job = session.job
    session.failure, session.log = job.failure, job.log_tail()
    if job.state == "failed" and folders.leave_open(job.folder):
        look_soon()
    else:
        folders.close(job.folder.path)
    if job.failure and job.failure.code == "crash":
        breaker.crashed()


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
    session.waiting = context.mode != "OBJECT" or modal or _rendering() or session.elsewhere
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


@bpy.app.handlers.persistent
def _file_opened(*_: object) -> None:
    """A result that was asked for in another file is offered, not put into this one unasked."""
    session.files += 1
    look_soon()


@bpy.app.handlers.persistent
def _history_moved(*_: object) -> None:
    """What was being put into the scene may be gone again, or there twice."""
    session.history += 1


_LISTENERS = (("load_post", _file_opened), ("undo_post", _history_moved), ("redo_post", _history_moved))


def enable() -> None:
    """Start to notice files being opened, undo, and interrupted jobs."""
    for name, listener in _LISTENERS:
        getattr(bpy.app.handlers, name).append(listener)
    look_soon()


def disable() -> None:
    """Notice nothing any more, and end whatever runs. An ended training can be taken up again."""
    for name, listener in _LISTENERS:
        listeners = getattr(bpy.app.handlers, name)
        if listener in listeners:
            listeners.remove(listener)
    for work in _registered:
        if bpy.app.timers.is_registered(work):
            bpy.app.timers.unregister(work)
    _registered.clear()
    if session.job is not None:
        session.job.close()
        session.job = None
