# SPDX-License-Identifier: GPL-3.0-or-later
"""The Apply section."""

import bpy

from ..process.panel import Section, draw_job, draw_refusal, draw_text
from ..styles.panel import draw_picker
from .operators import heads, rigs


class ONESCULPT_PT_apply(Section):
    """Where the picked style goes: heads of the scene, random people, rigs that exist."""

    bl_label = "5  Apply To"
    bl_order = 5
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if not draw_picker(layout, context, scale=4):
            return
        draw_refusal(layout, context)
        self._draw_heads(context)
        self._draw_people(context)
        self._draw_rigs(context)
        draw_job(layout, context, "apply")

    def _draw_heads(self, context: bpy.types.Context) -> None:
        column, chosen = self.layout.column(align=True), heads(context)
        column.operator("onesculpt.apply_selected", icon="RESTRICT_SELECT_OFF")
        if not chosen:
            draw_text(column, context, "Select neutral heads, of any topology", icon="INFO")
        for item in chosen[:4]:
            column.label(text=item.name, icon="OUTLINER_OB_MESH", translate=False)

    def _draw_people(self, context: bpy.types.Context) -> None:
        column, wanted = self.layout.column(align=True), context.scene.onesculpt.apply
        column.operator("onesculpt.apply_random", icon="COMMUNITY")
        row = column.row(align=True)
        row.prop(wanted, "count")
        row.prop(wanted, "seed")

    def _draw_rigs(self, context: bpy.types.Context) -> None:
        if rigs(context):
            self.layout.operator("onesculpt.update_rigs", icon="FILE_REFRESH")
