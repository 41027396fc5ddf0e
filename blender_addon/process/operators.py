# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that start a job share, and the buttons that steer a running one."""

import bpy

from .. import shared
from ..words import refuse, said, tell
from . import recovery, report, runner, setup, taking


def start_job(operator: bpy.types.Operator, context: bpy.types.Context, *arguments: object) -> set[str]:
    """Start a job from an operator; without a window, also wait for it. Arguments as `runner.start`."""
    return follow_job(operator, context, lambda: runner.start(context, *arguments))


def follow_job(operator: bpy.types.Operator, context: bpy.types.Context, begin: object) -> set[str]:
    """Call ``begin``, which starts a job, from an operator; without a window, also wait for it."""
    try:
        begin()
        if bpy.app.background:
            runner.finish_now(context)
    except runner.Refused as reason:
        tell(operator, "ERROR", said(reason))
        return {"CANCELLED"}
    return {"FINISHED"}


def refuse_polygons(operator: bpy.types.Operator, error: ValueError) -> set[str]:
    """Tell that a mesh has faces of more than four corners, and what to do."""
    tell(operator, "ERROR", said(error), "Turn them into quads: Face ▸ Triangulate, then Tris to Quads")
    return {"CANCELLED"}


class JobOperator(bpy.types.Operator):
    """An operator that needs the backend; greyed, with the reason, while it can't be had."""

    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, runner.refusal(context))


class ONESCULPT_OT_take_result(bpy.types.Operator):
    """Bring the finished job's result into the scene"""

    bl_idname = "onesculpt.take_result"
    bl_label = "Take the Result"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .arrays import BadArrays

        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        try:
            taking.take_at_once(context)
        except BadArrays as error:
            runner.session.failure = shared.protocol.Failure(said(error), "Start the job again.", "garbage")
            tell(self, "ERROR", said(error), "Start the job again.")
            return {"CANCELLED"}
        return {"FINISHED"}


class RunningJobOperator(bpy.types.Operator):
    """An operator on the running job."""

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return runner.running()


class ONESCULPT_OT_cancel(RunningJobOperator):
    """Stop the running job; what is in the scene stays as it is"""

    bl_idname = "onesculpt.cancel"
    bl_label = "Cancel"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        runner.session.job.cancel()
        return {"FINISHED"}


class ONESCULPT_OT_pause(RunningJobOperator):
    """Hold the running job, or let it go on"""

    bl_idname = "onesculpt.pause"
    bl_label = "Pause"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        job = runner.session.job
        job.set_paused(not job.paused)
        return {"FINISHED"}


class ONESCULPT_OT_use_best(RunningJobOperator):
    """End the running job now, and take the best it has reached"""

    bl_idname = "onesculpt.use_best"
    bl_label = "Use Best so Far"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        runner.session.job.use_best()
        return {"FINISHED"}


CLASSES = (
    ONESCULPT_OT_take_result,
    ONESCULPT_OT_cancel,
    ONESCULPT_OT_pause,
    ONESCULPT_OT_use_best,
    *recovery.CLASSES,
    *report.CLASSES,
    *setup.CLASSES,
)


def register() -> None:
    from . import ticking

    runner.open_session()
    ticking.look_soon()
    setup.register()


def unregister() -> None:
    runner.close_session()
    runner.HANDLERS.clear()
    runner.PREVIEWS.clear()
