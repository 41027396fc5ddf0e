# SPDX-License-Identifier: GPL-3.0-or-later
"""The Backend section, and the strip that shows a running job."""

import bpy

from ..package import CATEGORY, preferences
from ..words import translated
from .session import session
from .starting import refusal


class Section(bpy.types.Panel):
    """What all sections share: the sidebar's tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, feature: str) -> None:
    """The bar and buttons of the running job, or what became of the last one, when ``feature`` asked for it."""
    if not session.handler.startswith(feature + "."):
        return
    view = context.window_manager.onesculpt.process
    if session.running:
        column = layout.column(align=True)
        column.progress(factor=view.fraction, text=view.stage)
        if view.left:
            column.label(text=translated(view.left), icon="TIME", translate=False)
        row = column.row(align=True)
        paused = session.job.paused
        row.operator("onesculpt.pause", text="Resume" if paused else "Pause", icon="PLAY" if paused else "PAUSE")
        row.operator("onesculpt.cancel", icon="CANCEL")
    elif session.waiting:
        box = layout.box()
        draw_text(box, context, "The result is ready.", icon="CHECKMARK")
        box.operator("onesculpt.take_result", icon="IMPORT")
    if view.message:
        draw_finding(layout, context, view, icon="ERROR").operator("onesculpt.show_error", icon="INFO")


def draw_refusal(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Why no job can start now, beside the buttons that are grey for it; a running one shows itself."""
    reason = "" if session.running else refusal(context)
    if reason:
        draw_text(layout, context, reason, icon="INFO")


def draw_text(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE") -> None:
    """A sentence, translated, and broken into lines that fit the sidebar."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    width = context.region.width / (7.2 * context.preferences.system.ui_scale) - (7 if icon != "NONE" else 4)
    for line in _lines(translated(text), max(22, int(width))):
        column.label(text=line, icon=icon, translate=False)
        icon = "NONE" if icon == "NONE" else "BLANK1"


def draw_finding(
    layout: bpy.types.UILayout, context: bpy.types.Context, found: bpy.types.PropertyGroup, icon: str = "NONE"
) -> bpy.types.UILayout:
    """A box with what was found and what to do; more can be put into it."""
    box = layout.box()
    draw_text(box, context, found.message, icon)
    draw_text(box, context, found.remedy)
    return box


def _lines(text: str, columns: int) -> list[str]:
    """``text`` wrapped at words; letters of East Asian scripts count as two columns."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        wide = sum(letter >= "\u1100" and not "\u2000" <= letter <= "\u206f" for letter in longer)
        if lines[-1] and len(longer) + wide > columns:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


class ONESCULPT_PT_backend(Section):
    """State of the backend, and what mends it."""

    bl_label = "1  Backend"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        chosen = preferences(context)
        if chosen.python:
            self._draw_state(context)
        else:
            self._draw_setup(context)
        draw_job(self.layout, context, "process")
        view = context.window_manager.onesculpt.process
        if session.handler == "process.environment" and view.log:
            box = self.layout.box()
            draw_text(box, context, view.log)
            box.operator("onesculpt.show_log", icon="TEXT")

    def _draw_setup(self, context: bpy.types.Context) -> None:
        layout, chosen = self.layout, preferences(context)
        draw_text(layout, context, "Onesculpt computes in a Python environment beside Blender.", icon="INFO")
        column = layout.column(align=True)
        column.scale_y = 1.3
        column.operator("onesculpt.build_environment", icon="PACKAGE")
        column = layout.column(align=True)
        column.prop(chosen, "environment", text="Folder")
        column.prop(chosen, "wheels", text="Wheels")
        if not chosen.wheels and not bpy.app.online_access:
            text = "Allow online access in Blender's preferences, or choose a wheel folder"
            draw_text(layout, context, text, icon="ERROR")
            show = layout.operator("screen.userpref_show", text="Open Preferences", icon="PREFERENCES")
            show.section = "SYSTEM"
        layout.operator("onesculpt.use_python", icon="FILE_FOLDER")

    def _draw_state(self, context: bpy.types.Context) -> None:
        layout, chosen = self.layout, preferences(context)
        view = context.window_manager.onesculpt.process
        ill = any(found.stops for found in view.findings)
        row = layout.row(align=True)
        row.label(text=view.backend or "Set up", icon="ERROR" if ill else "CHECKMARK")
        row.operator("onesculpt.check_backend", icon="FILE_REFRESH")
        row.operator("onesculpt.use_python", text="", icon="FILE_FOLDER")
        if chosen.devices:
            card = chosen.card or ("Apple" if "mps" in chosen.devices else "")
            layout.label(text=card or "Computes on the processor", icon="MEMORY", translate=not card)
        for found in view.findings:
            draw_finding(layout, context, found, icon="ERROR" if found.stops else "INFO")
        if ill:
            layout.operator("onesculpt.build_environment", text="Mend", icon="TOOL_SETTINGS")
