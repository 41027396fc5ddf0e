# SPDX-License-Identifier: GPL-3.0-or-later
"""The Expressions section: the shape keys' own values, by region."""

import bpy

from ..process.panel import Section, draw_text
from .regions import OTHER, REGIONS, is_half, label, matches, region_of
from .sliders import keys_of, rig_of


class ONESCULPT_PT_expressions(Section):
    """All sliders of the active rig."""

    bl_idname = "ONESCULPT_PT_expressions"
    bl_label = "4  Expressions"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout, item = self.layout, rig_of(context)
        if item is None or item.data.shape_keys is None:
            draw_text(layout, context, "Select a face that Onesculpt made, to move its sliders.", icon="INFO")
            return
        own = item.onesculpt.expressions
        row = layout.row(align=True)
        row.menu("ONESCULPT_MT_presets", icon="PRESET")
        row.operator("onesculpt.key_all", icon="KEY_HLT")
        armature = item.find_armature()
        if armature is not None:
            row.prop(armature, "hide_viewport", text="", icon="ARMATURE_DATA", invert_checkbox=True)
        row = layout.row(align=True)
        row.operator("onesculpt.mirror_sliders", icon="MOD_MIRROR")
        row.operator("onesculpt.link_sides", text="Link L/R", icon="LINKED", depress=own.linked)
        row.operator("onesculpt.reset_sliders", text="Reset", icon="LOOP_BACK").region = ""
        row = layout.row(align=True)
        view = context.window_manager.onesculpt.expressions
        row.prop(view, "search", text="", icon="VIEWZOOM")
        wide = row.operator("onesculpt.slider_range", text="to 1")
        wide.low, wide.high = 0.0, 1.0
        wide = row.operator("onesculpt.slider_range", text="to 1.5")
        wide.low, wide.high = -0.5, 1.5
        for region in (*REGIONS, OTHER):
            keys = [
                key
                for key in keys_of(item)
                if region_of(key.name) == region and matches(key.name, view.search)
            ]
            if keys:
                self._draw_region(region, keys, own, open_now=bool(view.search))

    def _draw_region(
        self, region: str, keys: list[bpy.types.ShapeKey], own: bpy.types.PropertyGroup, *, open_now: bool
    ) -> None:
        if open_now:
            self.layout.label(text=region)
            body = self.layout
        else:
            header, body = self.layout.panel(
                f"onesculpt_{region}", default_closed=region not in {"Jaw", "Mouth"}
            )
            header.label(text=region)
            if region in REGIONS:
                header.operator("onesculpt.region_intensity", text="", icon="FORCE_FORCE").region = region
                header.operator("onesculpt.reset_sliders", text="", icon="LOOP_BACK").region = region
        if body is None:
            return
        column = body.column(align=True)
        for key in keys:
            follows = own.linked and is_half(key.name) and key.name.endswith("Right")
            row = column.row(align=True)
            slider = row.row(align=True)
            slider.enabled = not follows
            slider.prop(key, "value", text=label(key.name), slider=True, translate=False)
            state = own.keys.get(key.name)
            solo = row.operator(
                "onesculpt.solo_slider", text="", icon="SOLO_ON" if own.solo == key.name else "SOLO_OFF"
            )
            solo.key = key.name
            if state is not None:
                row.prop(
                    state,
                    "locked",
                    text="",
                    icon="LOCKED" if state.locked else "UNLOCKED",
                    emboss=state.locked,
                )


CLASSES = (ONESCULPT_PT_expressions,)
