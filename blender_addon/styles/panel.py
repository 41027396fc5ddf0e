# SPDX-License-Identifier: GPL-3.0-or-later
"""The Styles section."""

import bpy

from ..expressions.sliders import rig_of
from ..process.panel import Section, draw_job, draw_text
from . import shelf


def draw_picker(layout: bpy.types.UILayout, context: bpy.types.Context, scale: float) -> bool:
    """The picked style with its picture; whether there is one."""
    shelf.read_soon()
    view = context.window_manager.onesculpt.styles
    if shelf.chosen(context) is None:
        draw_text(layout, context, "No styles yet: stylize a pair, or add a style file.", icon="INFO")
        layout.operator("onesculpt.add_style", icon="ADD")
        return False
    layout.template_icon_view(view, "style", show_labels=True, scale=scale)
    layout.prop(view, "style", text="")
    return True


class ONESCULPT_PT_styles(Section):
    """The library, and what can be done with the picked style."""

    bl_label = "6  Styles"
    bl_order = 6
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, view = self.layout, context.window_manager.onesculpt.styles
        picked = draw_picker(layout, context, scale=6)
        if picked:
            row = layout.row(align=True)
            row.operator("onesculpt.rename_style", text="Rename", icon="GREASEPENCIL")
            row.operator("onesculpt.save_style", text="Copy", icon="DUPLICATE")
            row.operator("onesculpt.delete_style", text="", icon="TRASH")
            row = layout.row(align=True)
            row.operator("onesculpt.add_style", icon="ADD")
            row.operator("onesculpt.open_library", text="", icon="FILE_REFRESH")
        if view.deleted:
            layout.operator("onesculpt.restore_style", icon="LOOP_BACK")
        if picked:
            self._draw_blend(context)
        draw_job(layout, context, "styles")

    def _draw_blend(self, context: bpy.types.Context) -> None:
        header, body = self.layout.panel("onesculpt_blend", default_closed=False)
        header.label(text="Blend Two Styles")
        if body is None:
            return
        view, item = context.window_manager.onesculpt.styles, rig_of(context)
        column = body.column(align=True)
        column.prop(view, "style", text="From")
        column.prop(view, "second", text="To")
        if shelf.chosen(context) == shelf.chosen(context, "second"):
            draw_text(body, context, "Pick two different styles", icon="INFO")
        body.operator("onesculpt.blend_styles", icon="ARROW_LEFTRIGHT")
        if item is not None and item.onesculpt.blend.first:
            box = body.box()
            box.label(text=item.name, icon="OUTLINER_OB_MESH", translate=False)
            box.prop(item.onesculpt.blend, "amount", slider=True)
            box.operator("onesculpt.keep_blend", icon="FILE_TICK")
