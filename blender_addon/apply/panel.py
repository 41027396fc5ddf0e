# SPDX-License-Identifier: GPL-3.0-or-later
"""The Apply section."""

import bpy

from ..process.panel import Section, draw_job, draw_text
from ..styles import shelf


class ONESCULPT_PT_apply(Section):
    """Where the picked style goes."""

    bl_idname = "ONESCULPT_PT_apply"
    bl_label = "6  Apply To"
    bl_order = 6
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, wanted = self.layout, context.scene.onesculpt.apply
        path = shelf.chosen(context)
        if path is None:
            draw_text(
                layout, context, "Open the library in the Styles section and pick a style.", icon="INFO"
            )
        else:
            layout.label(text=path.stem, icon="SHADERFX", translate=False)
        layout.operator("onesculpt.apply_selected", icon="RESTRICT_SELECT_OFF")
        row = layout.row(align=True)
        row.prop(wanted, "count")
        row.prop(wanted, "seed")
        layout.operator("onesculpt.apply_random", icon="COMMUNITY")
        draw_job(layout, context, "apply")


CLASSES = (ONESCULPT_PT_apply,)
