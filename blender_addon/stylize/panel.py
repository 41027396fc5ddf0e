# SPDX-License-Identifier: GPL-3.0-or-later
"""The Stylize section."""

import bpy

from ..pair.check import trouble
from ..process.panel import Section, draw_job, draw_text
from ..process.session import session
from ..process.starting import refusal
from ..words import Phrase
from .curve_icon import icon_id


class ONESCULPT_PT_stylize(Section):
    """Settings, the two buttons, and the running job."""

    bl_label = "3  Stylize"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        layout, wanted = self.layout, context.scene.onesculpt.stylize
        self._draw_interrupted(context)
        reason = trouble(context) or (refusal(context) if not session.running else "")
        if reason:
            draw_text(layout, context, reason, icon="INFO")
        column = layout.column()
        column.enabled = not session.running
        column.prop(wanted, "name")
        column.row().prop(wanted, "preset", expand=True)
        row = column.row(align=True)
        row.prop(wanted, "device", text="")
        row.prop(wanted, "seed")
        row = layout.row(align=True)
        row.scale_y = 1.5
        row.operator("onesculpt.preview", icon="HIDE_OFF")
        row.operator("onesculpt.stylize", icon="SHADERFX")
        draw_job(layout, context, "stylize")
        if session.handler != "stylize.rig":
            return
        if session.running:
            if icon_id():
                layout.template_icon(icon_id(), scale=5)
            if session.job.losses:
                layout.operator("onesculpt.use_best", icon="CHECKMARK")
        elif session.taken and session.failure is None:
            text = "Done. Move its sliders in the Expressions section below."
            draw_text(layout, context, text, icon="CHECKMARK")

    def _draw_interrupted(self, context: bpy.types.Context) -> None:
        """What was left unfinished, with what can be done about it."""
        if session.running:
            return
        for job in context.window_manager.onesculpt.process.interrupted:
            box = self.layout.box()
            done, halted = "“{name}” was done when Blender ended.", "“{name}” was interrupted at {done:.0%}."
            what = done if job.finished else halted
            draw_text(box, context, Phrase(what, name=job.name, done=job.fraction), icon="RECOVER_LAST")
            box.label(text=job.started, icon="TIME", translate=False)
            column = box.column(align=True)
            if job.finished:
                column.operator("onesculpt.resume_job", text="Take the Result", icon="IMPORT").path = job.path
            else:
                column.operator("onesculpt.resume_job", icon="PLAY").path = job.path
                column.operator("onesculpt.finish_job", icon="CHECKMARK").path = job.path
            column.operator("onesculpt.discard_job", icon="TRASH").path = job.path
