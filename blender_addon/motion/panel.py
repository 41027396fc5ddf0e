# SPDX-License-Identifier: GPL-3.0-or-later
"""The Motion section."""

import bpy

from ..expressions.section import RigSection
from ..process.panel import draw_text
from ..words import Phrase


class ONESCULPT_PT_motion(RigSection):
    """A recorded face: its file, how its names are understood, where it goes."""

    bl_label = "8  Motion"
    bl_order = 8
    bl_options = {"DEFAULT_CLOSED"}
    without = "Select a face that Onesculpt made, to animate it."

    def draw_rig(self, context: bpy.types.Context, item: bpy.types.Object) -> None:
        layout, wanted = self.layout, context.scene.onesculpt.motion
        layout.operator("onesculpt.choose_motion", icon="FILE_FOLDER")
        if wanted.filepath:
            layout.label(text=bpy.path.basename(wanted.filepath), icon="FILE", translate=False)
        if wanted.trouble:
            draw_text(layout, context, wanted.trouble, icon="ERROR")
        if not len(wanted.columns):
            return
        self._draw_names(context, item)
        column = layout.column(align=True)
        for name in ("rate", "start", "smooth"):
            column.prop(wanted, name)
        row = layout.row(align=True)
        row.enabled = bool(wanted.turns)
        row.prop(wanted, "head", toggle=True)
        eyes = row.row(align=True)
        eyes.enabled = "eye_" in wanted.turns
        eyes.prop(wanted, "eyes", toggle=True)
        row = layout.row()
        row.scale_y = 1.5
        row.operator("onesculpt.import_motion", icon="IMPORT")

    def _draw_names(self, context: bpy.types.Context, item: bpy.types.Object) -> None:
        wanted = context.scene.onesculpt.motion
        used = sum(bool(row.key) for row in wanted.columns)
        header, body = self.layout.panel("onesculpt_motion_names", default_closed=used > 0)
        text = Phrase("{used} of {all} columns move a slider", used=used, all=len(wanted.columns))
        draw_text(header, context, text)
        if body is None:
            return
        column = body.column(align=True)
        for row in wanted.columns:
            split = column.split(factor=0.5, align=True)
            split.label(text=row.name, translate=False, icon="NONE" if row.key else "ERROR")
            split.prop_search(row, "key", item.data.shape_keys, "key_blocks", text="")
