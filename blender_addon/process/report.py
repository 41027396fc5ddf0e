# SPDX-License-Identifier: GPL-3.0-or-later
"""The error dialog: what went wrong with versions and log, private paths masked, to copy or save."""

from pathlib import Path

import bpy

from .. import shared
from ..actions import Action, FileAction
from ..package import version
from ..words import translated
from .session import session

LINES, LETTERS = 24, 110


def report_text() -> str:
    """What an artist sends on."""
    from . import wording

    versions = {"add-on": version(), "blender": bpy.app.version_string}
    failure = session.failure or shared.protocol.Failure("Nothing went wrong.", "")
    return wording.report(failure, versions, session.log)


class FailureAction(Action):
    """An action on the last failure."""

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return session.failure is not None


class ONESCULPT_OT_show_error(FailureAction):
    """Show what went wrong, to copy or save it"""

    bl_label = "What Went Wrong"

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_popup(self, width=560)

    def draw(self, _context: bpy.types.Context) -> None:
        failure, layout = session.failure, self.layout
        if failure is None:
            return
        layout.label(text="What Went Wrong", icon="ERROR")
        column = layout.column(align=True)
        for line in (translated(failure.message), translated(failure.remedy)):
            column.label(text=line[:LETTERS], translate=False)
        box = layout.box().column(align=True)
        box.scale_y = 0.7
        for line in report_text().splitlines()[3 : LINES + 3]:
            box.label(text=line[:LETTERS], translate=False)
        row = layout.row()
        row.operator("onesculpt.copy_report", icon="COPYDOWN")
        row.operator_context = "INVOKE_DEFAULT"
        row.operator("onesculpt.save_report", icon="FILE_TICK")


class ONESCULPT_OT_copy_report(FailureAction):
    """Copy the report to the clipboard"""

    bl_label = "Copy Report"

    def carry_out(self, context: bpy.types.Context) -> None:
        context.window_manager.clipboard = report_text()


class ONESCULPT_OT_save_report(FailureAction, FileAction):
    """Save the report as a text file; private paths are masked in it"""

    bl_label = "Save Report"

    def suggested(self, _context: bpy.types.Context) -> str:
        return "onesculpt report.txt"

    def carry_out(self, _context: bpy.types.Context) -> None:
        Path(self.filepath).write_text(report_text(), "utf-8")
