# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished job's result on its way into the scene: read, prepared and taken in slices, as one step to undo.

A handler may rest (yield) only where the scene is whole: before it touches Blender's data, and between
two faces. It keeps no reference to Blender's data across a rest. So a file that is saved, or an undo,
meets whole faces only; after an undo the handler is begun again, which brings back what went.
"""

import contextlib
import traceback

import bpy

from .. import shared
from ..words import Phrase, said
from . import runner
from .runner import Delivery, session
from .slices import Slices, Work, at_once

SLICE_SECONDS = 0.02
"""How long Blender may wait for one slice, unless a single step takes longer."""


def take_at_once(context: bpy.types.Context) -> None:
    """Read what was not read yet, and bring all of it into the scene now; raises `BadArrays` when it is damaged."""
    from .job import State

    job = session.job
    if job is None or job.state is not State.DONE:
        return
    session.waiting, session.taking = False, None
    try:
        if session.delivery is None:
            session.delivery = at_once(_reading())
        at_once(_steps(context))
    finally:
        _finish()


def take_some(context: bpy.types.Context) -> bool:
    """One slice of that, for the timer; whether there is nothing left to do. Never raises."""
    from .arrays import BadArrays

    try:
        if session.delivery is None:
            session.reading = session.reading or Slices(_reading())
            if session.reading.go_on(SLICE_SECONDS):
                session.reading, session.delivery = None, session.reading.result
            return False
        if session.taking is None or session.taking_since != session.history:
            session.taking, session.taking_since = Slices(_undoable(context)), session.history
        if not session.taking.go_on(SLICE_SECONDS):
            return False
    except BadArrays as error:
        session.failure = shared.protocol.Failure(said(error), "Start the job again.", "garbage")
    except Exception as error:  # noqa: BLE001 - whatever it is, the timer has to live on, and the artist to be told
        told = Phrase("The result could not be brought into the scene ({reason}).", reason=repr(error))
        remedy, detail = "Save the report and send it to us.", traceback.format_exc()
        session.failure = shared.protocol.Failure(told, remedy, "crash", detail)
    _finish()
    return True


def _reading() -> Work[Delivery]:
    from .arrays import reading_arrays

    client = dict(session.client)
    arrays, meta = yield from reading_arrays(session.job.folder.result)
    return Delivery(arrays, meta, client)


def _steps(context: bpy.types.Context) -> Work[None]:
    if session.delivery is not None:
        yield from runner.HANDLERS[session.client["handler"]](context, session.delivery)


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
