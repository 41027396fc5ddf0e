# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pair section."""

import bpy

from ..bind.panel import draw_bind
from ..bind.topology import models
from ..process.panel import Section, draw_finding, draw_job, draw_refusal, draw_text


class ONESCULPT_PT_pair(Section):
    """Base head, sculpt, and what the checks say about them."""

    bl_label = "2  Pair"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout, pair = self.layout, context.scene.onesculpt.pair
        if models(context):
            layout.prop(pair, "model", text="")
        row = layout.row(align=True)
        row.prop(pair, "identity", expand=True)
        if pair.identity == "RANDOM":
            row.prop(pair, "seed", text="")
        draw_refusal(layout, context)
        layout.operator("onesculpt.add_base_head", icon="USER")
        draw_job(layout, context, "pair")
        column = layout.column(align=True)
        column.prop(pair, "neutral")
        column.prop(pair, "styled")
        draw_bind(layout, context)
        head = pair.neutral
        if head is not None and head.onesculpt.role == "HEAD" and head.data.shape_keys:
            self._draw_identity(head)
        if pair.styled is None:
            if pair.neutral is None:
                draw_text(layout, context, "Add a base head, or pick a neutral head", icon="INFO")
            layout.operator("onesculpt.start_sculpt", icon="SCULPTMODE_HLT")
        elif context.mode == "SCULPT":
            layout.operator("object.mode_set", text="Finish Sculpting", icon="CHECKMARK").mode = "OBJECT"
        else:
            self._draw_findings(context)
            layout.operator("onesculpt.continue_sculpt", icon="SCULPTMODE_HLT")

    def _draw_identity(self, head: bpy.types.Object) -> None:
        header, body = self.layout.panel("onesculpt_identity", default_closed=True)
        header.label(text="Identity Sliders")
        if body:
            column = body.column(align=True)
            for key in head.data.shape_keys.key_blocks[1:]:
                column.prop(key, "value", text=key.name)

    def _draw_findings(self, context: bpy.types.Context) -> None:
        layout, pair = self.layout, context.scene.onesculpt.pair
        row = layout.row(align=True)
        if not pair.findings:
            row.label(text="The pair fits", icon="CHECKMARK")
        else:
            row.label(text="Before it works:", icon="ERROR")
        row.operator("onesculpt.check_pair", text="", icon="FILE_REFRESH")
        for finding in pair.findings:
            box = draw_finding(layout, context, finding)
            if finding.code in {"count", "order"}:
                box.operator("onesculpt.start_sculpt", icon="SCULPTMODE_HLT")
            if finding.mendable:
                box.operator("onesculpt.mend_pair", icon="TOOL_SETTINGS").subject = finding.subject
