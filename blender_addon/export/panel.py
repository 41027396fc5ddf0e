# SPDX-License-Identifier: GPL-3.0-or-later
"""The Export section."""

import bpy

from ..expressions.section import RigSection
from ..expressions.sliders import correctives_of
from ..process.panel import draw_text
from ..words import Phrase
from .summary import summary


class ONESCULPT_PT_export(RigSection):
    """What goes out, to whom, and how it is called there."""

    bl_label = "7  Export"
    bl_order = 7
    bl_options = {"DEFAULT_CLOSED"}
    without = "Select a face that Onesculpt made, to export it."

    def draw_rig(self, context: bpy.types.Context, item: bpy.types.Object) -> None:
        layout, wanted = self.layout, context.scene.onesculpt.export
        column = layout.column()
        column.prop(wanted, "target")
        column.row().prop(wanted, "format", expand=True)
        column.prop(wanted, "naming")
        if wanted.naming == "TABLE":
            column.prop(wanted, "table")
        column.prop(wanted, "animation")
        if correctives_of(item):
            column.prop(wanted, "correctives")
        counts = summary(item, correctives=wanted.correctives)
        box = layout.box()
        box.label(text=item.name, icon="OUTLINER_OB_MESH", translate=False)
        grid = box.grid_flow(columns=2, align=True)
        for name, count in counts.items():
            grid.label(text=f"{count:,} {bpy.app.translations.pgettext_iface(name)}", translate=False)
        others = [modifier.name for modifier in item.modifiers if modifier.type != "ARMATURE"]
        if others:
            text = Phrase("Baked into every key: {names}", names=", ".join(others))
            draw_text(box, context, text, icon="MODIFIER")
        row = layout.row()
        row.scale_y = 1.5
        row.operator("onesculpt.export", icon="EXPORT")
