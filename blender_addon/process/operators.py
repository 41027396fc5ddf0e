# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Backend section, and those that steer a running job."""

import sys
from pathlib import Path

import bpy

from ..package import preferences, user_folder, version
from ..shared import protocol
from . import runner, wording


def start_job(operator: bpy.types.Operator, context: bpy.types.Context, *arguments: object) -> set[str]:
    """Start a job from an operator; without a window, also wait for it. Arguments as `runner.start`."""
    try:
        runner.start(context, *arguments)
        if bpy.app.background:
            runner.finish_now(context)
    except runner.Refused as reason:
        operator.report({"ERROR"}, str(reason))
        return {"CANCELLED"}
    return {"FINISHED"}


class JobOperator(bpy.types.Operator):
    """An operator that needs the backend; greyed, with the reason, while it can't be had."""

    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = runner.refusal(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason


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
            runner.deliver(context)
        except BadArrays as error:
            runner.session.failure = protocol.Failure(str(error), "Start the job again.", "garbage")
            self.report({"ERROR"}, f"{error} Start the job again")
            return {"CANCELLED"}
        return {"FINISHED"}


class ONESCULPT_OT_cancel(bpy.types.Operator):
    """Stop the running job; what is in the scene stays as it is"""

    bl_idname = "onesculpt.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return runner.running()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        runner.session.job.cancel()
        return {"FINISHED"}


class ONESCULPT_OT_pause(bpy.types.Operator):
    """Hold the running job, or let it go on"""

    bl_idname = "onesculpt.pause"
    bl_label = "Pause"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return runner.running()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        job = runner.session.job
        job.set_paused(not job.paused)
        return {"FINISHED"}


class ONESCULPT_OT_use_best(bpy.types.Operator):
    """End the running job now, and take the best it has reached"""

    bl_idname = "onesculpt.use_best"
    bl_label = "Use Best so Far"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return runner.running()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        runner.session.job.use_best()
        return {"FINISHED"}


class ONESCULPT_OT_use_python(bpy.types.Operator):
    """Run the backend in a Python environment that you have already"""

    bl_idname = "onesculpt.use_python"
    bl_label = "Use an Existing Python"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not Path(self.filepath).is_file():
            self.report({"ERROR"}, "That is not a file. Choose the program “python” of an environment")
            return {"CANCELLED"}
        preferences(context).python = self.filepath
        return bpy.ops.onesculpt.check_backend()


class ONESCULPT_OT_check_backend(bpy.types.Operator):
    """Look at the backend's environment and tell what is wrong, with the remedy"""

    bl_idname = "onesculpt.check_backend"
    bl_label = "Check"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not runner.running() and bool(preferences(context).python)

    def execute(self, context: bpy.types.Context) -> set[str]:
        runner.breaker.reset()
        settings = protocol.DoctorSettings(online=bpy.app.online_access)
        return start_job(self, context, protocol.Kind.DOCTOR, settings, {"handler": "process.check"})


class ONESCULPT_OT_build_environment(bpy.types.Operator):
    """Build the backend's own Python environment (about 3 GB to download); it goes on where it stopped"""

    bl_idname = "onesculpt.build_environment"
    bl_label = "Build an Environment"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = preferences(context)
        if runner.running():
            cls.poll_message_set("A job is running. Wait for it, or cancel it")
        elif not chosen.wheels and not bpy.app.online_access:
            cls.poll_message_set("Allow online access in Blender's preferences, or choose a wheel folder")
        else:
            return True
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = preferences(context)
        folder = bpy.path.abspath(chosen.environment) or str(user_folder("environment"))
        settings = protocol.EnvironmentSettings(folder, bpy.path.abspath(chosen.wheels))
        client = {"handler": "process.environment"}
        return start_job(self, context, protocol.Kind.ENVIRONMENT, settings, client, None, sys.executable)


class ONESCULPT_OT_show_error(bpy.types.Operator):
    """Show what went wrong, to copy or save it"""

    bl_idname = "onesculpt.show_error"
    bl_label = "What Went Wrong"

    action: bpy.props.EnumProperty(
        name="Do",
        items=[
            ("COPY", "Copy", "Copy the report to the clipboard"),
            ("TEXT", "Open", "Open it as a text to save"),
        ],
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return runner.session.failure is not None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=520)

    def draw(self, _context: bpy.types.Context) -> None:
        for line in _report().splitlines()[:24]:
            self.layout.label(text=line[:110])
        self.layout.prop(self, "action", expand=True)

    def execute(self, context: bpy.types.Context) -> set[str]:
        if self.action == "COPY":
            context.window_manager.clipboard = _report()
        else:
            bpy.data.texts.new("Onesculpt report").write(_report())
        return {"FINISHED"}


def _report() -> str:
    versions = {"add-on": version(), "blender": bpy.app.version_string}
    failure = runner.session.failure or protocol.Failure("Nothing went wrong.", "")
    return wording.report(failure, versions, runner.session.log)


def _checked(context: bpy.types.Context, delivery: runner.Delivery) -> None:
    """Keep what the doctor found; what is well is not shown."""
    view = context.window_manager.onesculpt.process
    view.findings.clear()
    for found in delivery.meta.get("findings", ()):
        if isinstance(found, dict) and found.get("state") in {"warning", "error"}:
            row = view.findings.add()
            row.code, row.stops = str(found.get("code", "")), found["state"] == "error"
            row.sentence, row.remedy = str(found.get("sentence", "")), str(found.get("remedy", ""))
    view.backend = "Something is missing" if any(row.stops for row in view.findings) else "Ready"


def _built(context: bpy.types.Context, delivery: runner.Delivery) -> None:
    preferences(context).python = delivery.meta["python"]
    context.window_manager.onesculpt.process.backend = "Ready"


CLASSES = (
    ONESCULPT_OT_take_result,
    ONESCULPT_OT_cancel,
    ONESCULPT_OT_pause,
    ONESCULPT_OT_use_best,
    ONESCULPT_OT_use_python,
    ONESCULPT_OT_check_backend,
    ONESCULPT_OT_build_environment,
    ONESCULPT_OT_show_error,
)


def register() -> None:
    runner.open_session()
    runner.HANDLERS.update({"process.check": _checked, "process.environment": _built})


def unregister() -> None:
    runner.close()
    runner.HANDLERS.clear()
    runner.PREVIEWS.clear()
