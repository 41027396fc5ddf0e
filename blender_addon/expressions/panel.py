# SPDX-License-Identifier: GPL-3.0-or-later
"""The Expressions section: the shape keys' own values, by region."""

import bpy

from ..process.panel import draw_text
from ..words import Phrase
from .regions import OTHER, REGIONS, is_half, label, matches, region_of
from .section import RigSection
from .sliders import keys_of


class ONESCULPT_PT_expressions(RigSection):
    """All sliders of the active rig."""

    bl_label = "4  Expressions"
    bl_order = 4

    without = "Select a face that Onesculpt made, to move its sliders."

    def draw_rig(self, context: bpy.types.Context, item: bpy.types.Object) -> None:
        view = context.window_manager.onesculpt.expressions
        self._draw_tools(item, view)
        self._draw_locks(context, item)
        shown: dict[str, list[bpy.types.ShapeKey]] = {}
        for key in keys_of(item):
            if matches(key.name, view.search):
                shown.setdefault(region_of(key.name), []).append(key)
        for region in (*REGIONS, OTHER):
            if region in shown:
                self._draw_region(region, shown[region], item.onesculpt.expressions, open_now=bool(view.search))

    def _draw_tools(self, item: bpy.types.Object, view: bpy.types.PropertyGroup) -> None:
        layout, own = self.layout, item.onesculpt.expressions
        row = layout.row(align=True)
        row.menu("ONESCULPT_MT_presets", icon="PRESET")
        row.operator("onesculpt.key_all", icon="KEY_HLT")
        armature = item.find_armature()
        if armature is not None:
            row.prop(armature, "hide_viewport", text="", icon="ARMATURE_DATA", invert_checkbox=True)
        row = layout.row(align=True)
        row.operator_menu_enum("onesculpt.mirror_sliders", "way", icon="MOD_MIRROR")
        row.operator("onesculpt.link_sides", text="Link L/R", icon="LINKED", depress=own.linked)
        row.operator("onesculpt.reset_sliders", text="Reset", icon="LOOP_BACK").region = ""
        row = layout.row(align=True)
        row.prop(view, "search", text="", icon="VIEWZOOM")
        row = layout.row(align=True)
        row.label(text="Range")
        for low, high, text in ((0.0, 1.0, "0 … 1"), (-0.5, 1.5, "−0.5 … 1.5")):
            wide = row.operator("onesculpt.slider_range", text=text, translate=False)
            wide.low, wide.high = low, high

    def _draw_region(
        self, region: str, keys: list[bpy.types.ShapeKey], own: bpy.types.PropertyGroup, *, open_now: bool
    ) -> None:
        if open_now:
            self.layout.label(text=region)
            body = self.layout
        else:
            header, body = self.layout.panel(f"onesculpt_{region}", default_closed=region not in {"Jaw", "Mouth"})
            header.label(text=region)
            if region in REGIONS:
                header.operator("onesculpt.reset_sliders", text="", icon="LOOP_BACK").region = region
        if body is None:
            return
        column = body.column(align=True)
        if not open_now and region in own.regions:
            column.prop(own.regions[region], "intensity")
        for key in keys:
            self._draw_slider(column.row(align=True), key, own)

    def _draw_slider(self, row: bpy.types.UILayout, key: bpy.types.ShapeKey, own: bpy.types.PropertyGroup) -> None:
        slider = row.row(align=True)
        slider.enabled = not (own.linked and is_half(key.name) and key.name.endswith("Right"))
        slider.prop(key, "value", text=label(key.name), slider=True, translate=False)
        icon = "SOLO_ON" if own.solo == key.name else "SOLO_OFF"
        row.operator("onesculpt.solo_slider", text="", icon=icon).key = key.name
        state = own.keys.get(key.name)
        if state is not None:
            icon = "LOCKED" if state.locked else "UNLOCKED"
            row.prop(state, "locked", text="", icon=icon, emboss=state.locked)

    def _draw_locks(self, context: bpy.types.Context, item: bpy.types.Object) -> None:
        """Making the rig again, which leaves the locked keys alone."""
        locked = sum(row.locked for row in item.onesculpt.expressions.keys)
        if locked:
            box = self.layout.box()
            text = Phrase("Locked keys, which stay as they are: {count}", count=locked)
            draw_text(box, context, text, icon="LOCKED")
            box.operator("onesculpt.make_again", icon="FILE_REFRESH")
