# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with a training that was killed, or that an earlier Blender left: go on, use what it has, or let it go."""

from pathlib import Path

import bpy

from ..words import refuse, tell
from . import runner


class InterruptedJobOperator(bpy.types.Operator):
    """An operator on an interrupted job, by its folder."""

    path: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def known(self) -> bool:
        """Whether the folder is one of our jobs that was interrupted."""
        from . import folders

        jobs = runner.jobs_folder()
        return jobs is not None and Path(self.path) in {job.path for job in folders.interrupted(jobs)}


class LaunchOperator(InterruptedJobOperator):
    """Starts a new worker on an interrupted job."""

    use_best = False

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, runner.refusal(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        from . import folders
        from .operators import follow_job

        if not self.known():
            tell(self, "ERROR", "That job is no longer there")
            return {"CANCELLED"}
        path = Path(self.path)

        def begin() -> None:
            folder = folders.reopen(path, use_best=self.use_best)
            runner.launch(context, folder, folders.read_client(path))

        return follow_job(self, context, begin)


class ONESCULPT_OT_resume_job(LaunchOperator):
    """Go on where the training was interrupted"""

    bl_idname = "onesculpt.resume_job"
    bl_label = "Resume"


class ONESCULPT_OT_finish_job(LaunchOperator):
    """Make the rig from the best that the interrupted training had reached"""

    bl_idname = "onesculpt.finish_job"
    bl_label = "Use Best so Far"

    use_best = True


class ONESCULPT_OT_discard_job(InterruptedJobOperator):
    """Let the interrupted training go"""

    bl_idname = "onesculpt.discard_job"
    bl_label = "Discard"

    def execute(self, context: bpy.types.Context) -> set[str]:
        from . import folders, ticking

        if not self.known():
            tell(self, "ERROR", "That job is no longer there")
            return {"CANCELLED"}
        folders.close(Path(self.path))
        ticking.look()
        return {"FINISHED"}


CLASSES = (ONESCULPT_OT_resume_job, ONESCULPT_OT_finish_job, ONESCULPT_OT_discard_job)
