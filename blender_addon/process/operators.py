# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons that steer a running job and take its result."""

from typing import TYPE_CHECKING

import bpy

from ..actions import Action
from . import taking, timer
from .session import session

if TYPE_CHECKING:
    from .job import Job


class ONESCULPT_OT_take_result(Action):
    """Bring the finished job's result into the scene"""

    bl_label = "Take the Result"
    bl_options = {"REGISTER", "UNDO"}

    def carry_out(self, context: bpy.types.Context) -> None:
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        taking.take_at_once(context)


class RunningJobAction(Action):
    """An operator on the running job."""

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return session.running

    def carry_out(self, _context: bpy.types.Context) -> None:
        self.steer(session.job)


class ONESCULPT_OT_cancel(RunningJobAction):
    """Stop the running job; what is in the scene stays as it is"""

    bl_label = "Cancel"

    def steer(self, job: "Job") -> None:
        job.cancel()


class ONESCULPT_OT_pause(RunningJobAction):
    """Hold the running job, or let it go on"""

    bl_label = "Pause"

    def steer(self, job: "Job") -> None:
        job.set_paused(not job.paused)


class ONESCULPT_OT_use_best(RunningJobAction):
    """End the running job now, and take the best it has reached"""

    bl_label = "Use Best so Far"

    def steer(self, job: "Job") -> None:
        job.use_best()


register, unregister = timer.enable, timer.disable
