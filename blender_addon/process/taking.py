# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished job's result on its way into the scene: read, prepared and taken in slices, as one step to undo.

A handler may rest (yield) only where the scene is whole: before it touches Blender's data, and between
two faces. It keeps no reference to Blender's data across a rest. So a file that is saved, or an undo,
meets whole faces only; after an undo the handler is begun again, which brings back what went.
"""

import contextlib

import bpy

from .session import HANDLERS, PREVIEWS, Delivery, session
from .slices import Slices, Work, at_once

SLICE_SECONDS = 0.02
"""How long Blender may wait for one slice, unless a single step takes longer."""
NOT_TAKEN = "The result could not be brought into the scene ({reason})."


def take_at_once(context: bpy.types.Context) -> None:
    """Read what was not read yet, and bring all of it into the scene now; raises `BadArrays` when it is damaged."""
    from .job import State

    job = session.job
    if job is None or job.state is not State.DONE:
        return
    session.waiting, session.taking, session.failure = False, None, None
    try:
        if session.delivery is None:
            session.delivery = at_once(_reading())
        at_once(_steps(context))
    except Exception as error:
        session.note(error, NOT_TAKEN)
        raise
    finally:
        _finish()


def take_some(context: bpy.types.Context) -> bool:
    """One slice of that, for the timer; whether there is nothing left to do. Never raises."""
    try:
        if session.delivery is None:
            session.reading = session.reading or Slices(_reading())
            if session.reading.go_on(SLICE_SECONDS):
                session.reading, session.delivery = None, session.reading.result
            return False
        if session.taking is None or session.taking_since != session.history:
            session.taking, session.taking_since = Slices(_undoable(context)), session.history
            session.failure = None  # what a preview met is past
        if not session.taking.go_on(SLICE_SECONDS):
            return False
    except Exception as error:  # noqa: BLE001 - whatever it is, the artist is told
        session.note(error, NOT_TAKEN)
    _finish()
    return True


def show_preview(context: bpy.types.Context) -> None:
    """Give the running job's newest preview, if there is one that was not shown yet, to whoever wants it."""
    from .arrays import BadArrays, read_arrays

    job, handler = session.job, PREVIEWS.get(session.handler)
    if handler is None or job.latest.preview <= session.preview or session.elsewhere:
        return
    session.preview = job.latest.preview
    try:
        arrays, meta = read_arrays(job.folder.preview(session.preview))
    except BadArrays:
        return  # a newer one has taken its place
    handler(context, Delivery(arrays, meta, dict(session.client)))


def _reading() -> Work[Delivery]:
    from .arrays import reading_arrays

    client = dict(session.client)
    arrays, meta = yield from reading_arrays(session.job.folder.result)
    return Delivery(arrays, meta, client)


def _steps(context: bpy.types.Context) -> Work[None]:
    if session.delivery is not None:
        yield from HANDLERS[session.handler](context, session.delivery)


def _undoable(context: bpy.types.Context) -> Work[None]:
    yield from _steps(context)
    yield  # Blender copies what has changed, which takes as long as making it
    _push_undo()


def _finish() -> None:
    from . import folders

    afterwards = session.delivery and session.delivery.afterwards
    session.reading, session.delivery, session.taking, session.taken = None, None, None, True
    folders.close(session.job.folder.path)
    if afterwards:
        afterwards()


def _push_undo() -> None:
    with contextlib.suppress(RuntimeError):  # the artist may have turned undo off
        bpy.ops.ed.undo_push(message="Take the Result")
