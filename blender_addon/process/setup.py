# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the backend up: use a Python that is there, build an environment, examine either."""

import contextlib
import json
import sys
from pathlib import Path

import bpy

from .. import shared
from ..actions import Action, FileAction
from ..package import preferences, user_folder
from ..words import UserError
from .actions import JobAction
from .session import Delivery, breaker, session
from .slices import Work

DEVICES = ("cpu", "cuda", "mps")


class ONESCULPT_OT_use_python(FileAction):
    """Run the backend in a Python environment that you have already"""

    bl_label = "Use an Existing Python"

    def carry_out(self, context: bpy.types.Context) -> None:
        if not Path(self.filepath).is_file():
            raise UserError("That is not a file. Choose the program “python” of an environment")
        preferences(context).python = self.filepath
        bpy.ops.onesculpt.check_backend()


class ONESCULPT_OT_check_backend(JobAction):
    """Look at the backend's environment and tell what is wrong, with the remedy"""

    bl_label = "Check"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not session.running and bool(preferences(context).python)

    def carry_out(self, context: bpy.types.Context) -> None:
        breaker.reset()
        settings = shared.protocol.DoctorSettings()
        self.start(context, settings, {"handler": "process.check"})


class ONESCULPT_OT_build_environment(JobAction):
    """Build the backend's own Python environment (about 3 GB to download); it goes on where it stopped"""

    bl_label = "Build an Environment"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        if session.running:
            return "A job is running. Wait for it, or cancel it"
        if not preferences(context).wheels and not bpy.app.online_access:
            return "Allow online access in Blender's preferences, or choose a wheel folder"
        return ""

    def carry_out(self, context: bpy.types.Context) -> None:
        chosen = preferences(context)
        folder = bpy.path.abspath(chosen.environment) or str(user_folder("environment"))
        settings = shared.protocol.EnvironmentSettings(folder, bpy.path.abspath(chosen.wheels))
        self.start(context, settings, {"handler": "process.environment"}, python=sys.executable)


class ONESCULPT_OT_show_log(Action):
    """Show the newest lines of the log"""

    bl_label = "Log"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return session.job is not None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_popup(self, width=640)

    def draw(self, _context: bpy.types.Context) -> None:
        from .job import tail

        column = self.layout.column(align=True)
        column.scale_y = 0.7
        folder = session.job.folder
        for log in (folder.log, folder.path / "install.log"):
            for line in tail(log, 8000).splitlines()[-20:]:
                column.label(text=line[:130], translate=False)


def _checked(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """Keep what the doctor found; what is well is not shown."""
    yield
    view = context.window_manager.onesculpt.process
    view.findings.clear()
    for found in delivery.meta.get("findings", ()):
        if not isinstance(found, dict):
            continue
        if found.get("state") in {"warning", "error"}:
            row = view.findings.add()
            row.code, row.stops = str(found.get("code", "")), found["state"] == "error"
            row.message, row.remedy = str(found.get("sentence", "")), str(found.get("remedy", ""))
        if found.get("code") == "torch" and isinstance(found.get("details"), dict):
            _note_devices(context, found["details"])
    preferences(context).models = json.dumps(delivery.meta.get("models", []))
    view.backend = "Something is missing" if any(row.stops for row in view.findings) else "Ready"


def _note_devices(context: bpy.types.Context, details: dict[str, object]) -> None:
    """Remember which devices this machine has, for the choice in the Stylize section."""
    there = {"cpu": True, "cuda": bool(details.get("card")), "mps": bool(details.get("mps"))}
    preferences(context).devices = " ".join(name for name in DEVICES if there[name])
    preferences(context).card = str(details.get("card") or "")


def _built(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """Use the new environment from now on, and examine it."""
    yield
    preferences(context).python = delivery.meta["python"]
    delivery.afterwards = _examine


def _examine() -> None:
    with contextlib.suppress(RuntimeError):  # what keeps the examination from running is shown in the panel
        bpy.ops.onesculpt.check_backend()


HANDLERS = {"process.check": _checked, "process.environment": _built}
