# SPDX-License-Identifier: GPL-3.0-or-later
"""The Stylize section."""

import bpy

from ..pair.check import trouble
from ..process import runner
from ..process.panel import Section, draw_job, draw_text
from .curve_icon import icon_id


class ONESCULPT_PT_stylize(Section):
    """Settings, the two buttons, and the running job."""

    bl_idname = "ONESCULPT_PT_stylize"
    bl_label = "3  Stylize"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        layout, wanted = self.layout, context.scene.onesculpt.stylize
        reason = trouble(context) or (runner.refusal(context) if not runner.running() else "")
        if reason:
            draw_text(layout, context, reason + ".", icon="INFO")
        column = layout.column()
        column.enabled = not runner.running()
        column.prop(wanted, "name")
        column.row().prop(wanted, "preset", expand=True)
        column.prop(wanted, "seed")
        row = layout.row(align=True)
        row.scale_y = 1.5
        row.operator("onesculpt.preview", icon="HIDE_OFF")
        row.operator("onesculpt.stylize", icon="SHADERFX")
        draw_job(layout, context, "stylize")
        if runner.running() and runner.session.client.get("handler") == "stylize.rig":
            if icon_id():
                layout.template_icon(icon_id(), scale=5)
            if runner.session.job.losses:
                layout.operator("onesculpt.use_best", icon="CHECKMARK")


CLASSES = (ONESCULPT_PT_stylize,)
