# SPDX-License-Identifier: GPL-3.0-or-later
"""The Styles section."""

import bpy

from ..process.panel import Section
from . import shelf


class ONESCULPT_PT_styles(Section):
    """The library, and what can be done with the picked style."""

    bl_idname = "ONESCULPT_PT_styles"
    bl_label = "5  Styles"
    bl_order = 5
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, view = self.layout, context.window_manager.onesculpt.styles
        row = layout.row(align=True)
        row.operator("onesculpt.open_library", icon="FILE_REFRESH")
        row.operator("onesculpt.add_style", text="", icon="ADD")
        if shelf.chosen(context) is not None:
            layout.template_icon_view(view, "style", show_labels=True, scale=6)
            layout.prop(view, "style", text="")
            row = layout.row(align=True)
            row.operator("onesculpt.rename_style", text="Rename", icon="GREASEPENCIL")
            row.operator("onesculpt.save_style", text="Copy", icon="DUPLICATE")
            row.operator("onesculpt.delete_style", text="", icon="TRASH")
        if view.deleted:
            layout.operator("onesculpt.restore_style", icon="LOOP_BACK")


CLASSES = (ONESCULPT_PT_styles,)
