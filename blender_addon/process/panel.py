# SPDX-License-Identifier: GPL-3.0-or-later
"""The Backend section, and the strip that shows a running job."""

import bpy

from ..package import CATEGORY, preferences
from . import runner


class Section(bpy.types.Panel):
    """What all sections share: the sidebar's tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, feature: str) -> None:
    """The bar and buttons of the running job, or what became of the last one, when ``feature`` asked for it."""
    if not runner.session.client.get("handler", "").startswith(feature + "."):
        return
    view = context.window_manager.onesculpt.process
    if runner.running():
        column = layout.column(align=True)
        column.progress(factor=view.fraction, text=view.stage)
        if view.left:
            column.label(text=view.left, icon="TIME")
        row = column.row(align=True)
        paused = runner.session.job.paused
        row.operator(
            "onesculpt.pause", text="Resume" if paused else "Pause", icon="PLAY" if paused else "PAUSE"
        )
        row.operator("onesculpt.cancel", icon="CANCEL")
    elif runner.session.waiting:
        layout.operator("onesculpt.take_result", icon="IMPORT")
    elif view.message:
        box = layout.box()
        draw_text(box, context, view.message, icon="ERROR")
        draw_text(box, context, view.remedy)
        box.operator("onesculpt.show_error", icon="INFO")


def draw_text(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE") -> None:
    """A sentence, broken into lines that fit the sidebar."""
    import textwrap

    from bpy.app.translations import pgettext_iface

    column = layout.column(align=True)
    column.scale_y = 0.8
    letters = max(24, int(context.region.width / (7.2 * context.preferences.system.ui_scale)) - 4)
    for row, line in enumerate(textwrap.wrap(pgettext_iface(text), letters)):
        column.label(
            text=line, icon=icon if row == 0 else "BLANK1" if icon != "NONE" else "NONE", translate=False
        )


class ONESCULPT_PT_backend(Section):
    """State of the backend, and what mends it."""

    bl_idname = "ONESCULPT_PT_backend"
    bl_label = "1  Backend"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, chosen = self.layout, preferences(context)
        view = context.window_manager.onesculpt.process
        if not chosen.python:
            draw_text(
                layout, context, "Onesculpt computes in a Python environment beside Blender.", icon="INFO"
            )
            layout.operator("onesculpt.use_python", icon="FILE_FOLDER")
            column = layout.column(align=True)
            column.operator("onesculpt.build_environment", icon="PACKAGE")
            column.prop(chosen, "environment", text="In")
            column.prop(chosen, "wheels", text="Wheels")
        else:
            row = layout.row(align=True)
            ill = any(found.stops for found in view.findings)
            row.label(text=view.backend or "Set up", icon="ERROR" if ill else "CHECKMARK")
            row.operator("onesculpt.check_backend", icon="FILE_REFRESH")
            row.operator("onesculpt.use_python", text="", icon="FILE_FOLDER")
            for found in view.findings:
                box = layout.box()
                draw_text(box, context, found.sentence, icon="ERROR" if found.stops else "INFO")
                draw_text(box, context, found.remedy)
            if ill:
                layout.operator("onesculpt.build_environment", text="Mend", icon="TOOL_SETTINGS")
        draw_job(layout, context, "process")


CLASSES = (ONESCULPT_PT_backend,)
