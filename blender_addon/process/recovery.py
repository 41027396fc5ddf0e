# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with a training that was killed, or that an earlier Blender left: go on, use what it has, or let it go."""

from pathlib import Path

import bpy

from ..actions import Action
from ..words import UserError
from . import starting, timer, view
from .actions import JobAction


class InterruptedJobAction(Action):
    """An action on an interrupted job, by its folder."""

    path: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def known(self) -> Path:
        """The folder; raises `UserError` when it is none of our jobs that were interrupted."""
        from . import folders

        jobs, path = view.jobs_folder(), Path(self.path)
        if jobs is None or path not in {job.path for job in folders.interrupted(jobs)}:
            raise UserError("That job is no longer there")
        return path


class LaunchAction(InterruptedJobAction, JobAction):
    """Starts a new worker on an interrupted job."""

    use_best = False

    def carry_out(self, context: bpy.types.Context) -> None:
        from . import folders

        path = self.known()
        folder = folders.reopen(path, use_best=self.use_best)
        self.follow(context, lambda: starting.launch(context, folder, folders.read_client(path)))


class ONESCULPT_OT_resume_job(LaunchAction):
    """Go on where the training was interrupted"""

    bl_label = "Resume"


class ONESCULPT_OT_finish_job(LaunchAction):
    """Make the rig from the best that the interrupted training had reached"""

    bl_label = "Use Best so Far"

    use_best = True


class ONESCULPT_OT_discard_job(InterruptedJobAction):
    """Let the interrupted training go"""

    bl_label = "Discard"

    def carry_out(self, _context: bpy.types.Context) -> None:
        from . import folders

        folders.close(self.known())
        timer.look()
