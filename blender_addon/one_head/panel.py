# SPDX-License-Identifier: GPL-3.0-or-later
"""The section for a head without a pair."""

import bpy

from ..process.panel import Section, draw_job, draw_refusal, draw_text
from ..process.session import session
from .operators import head_of


class ONESCULPT_PT_one_head(Section):
    """One button, and what the head lacks."""

    bl_label = "Rig One Head"
    bl_order = 1  # behind the backend, before the pair that it does without
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, item = self.layout, head_of(context)
        draw_refusal(layout, context)
        if item is None:
            draw_text(layout, context, "Select a neutral head, of any topology", icon="INFO")
        else:
            layout.label(text=item.name, icon="OUTLINER_OB_MESH", translate=False)
        layout.prop(context.scene.onesculpt.one_head, "fill_inner")
        row = layout.row()
        row.scale_y = 1.5
        row.operator("onesculpt.rig_head", icon="ARMATURE_DATA")
        draw_job(layout, context, "one_head")
        if session.handler == "one_head.rig" and session.taken and session.failure is None and not session.running:
            text = "Done. Move its sliders in the Expressions section below."
            draw_text(layout, context, text, icon="CHECKMARK")
            if context.window_manager.onesculpt.one_head.fused:
                text = "Its mouth has no opening, so its lips stay together in all expressions"
                draw_text(layout, context, text, icon="INFO")
            if context.window_manager.onesculpt.one_head.hollow:
                text = "It is hollow behind its lids or lips: Fill Inner Parts puts in what it lacks"
                draw_text(layout, context, text, icon="INFO")
