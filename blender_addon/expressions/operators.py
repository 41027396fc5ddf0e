# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Expressions section."""

from pathlib import Path

import bpy

from ..package import user_folder
from . import presets, sliders
from .regions import OTHER, REGIONS


def user_presets_path() -> Path:
    """Where the artist's own presets are kept."""
    return user_folder("presets") / "expressions.json"


class SliderOperator(bpy.types.Operator):
    """An operator on the active rig."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if sliders.rig_of(context) is None:
            cls.poll_message_set("Select a face that Onesculpt made")
            return False
        return True


class ONESCULPT_OT_reset_sliders(SliderOperator):
    """Set the sliders of this region to 0"""

    bl_idname = "onesculpt.reset_sliders"
    bl_label = "Reset"

    region: bpy.props.StringProperty(description="Region; empty: all", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        sliders.set_values(sliders.rig_of(context), {}, REGIONS.get(self.region))
        return {"FINISHED"}


class ONESCULPT_OT_mirror_sliders(SliderOperator):
    """Swap the left and the right side of the face"""

    bl_idname = "onesculpt.mirror_sliders"
    bl_label = "Mirror"

    def execute(self, context: bpy.types.Context) -> set[str]:
        sliders.mirror_values(sliders.rig_of(context))
        return {"FINISHED"}


class ONESCULPT_OT_solo_slider(SliderOperator):
    """Show only this slider's effect; press again to show all"""

    bl_idname = "onesculpt.solo_slider"
    bl_label = "Solo"

    key: bpy.props.StringProperty(options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        sliders.solo(sliders.rig_of(context), self.key)
        return {"FINISHED"}


class ONESCULPT_OT_link_sides(SliderOperator):
    """Have the right side follow the left one, or let it go again"""

    bl_idname = "onesculpt.link_sides"
    bl_label = "Link Left and Right"

    def execute(self, context: bpy.types.Context) -> set[str]:
        item = sliders.rig_of(context)
        sliders.set_linked(item, not item.onesculpt.expressions.linked)
        return {"FINISHED"}


class ONESCULPT_OT_slider_range(SliderOperator):
    """How far the sliders can be pulled"""

    bl_idname = "onesculpt.slider_range"
    bl_label = "Slider Range"

    high: bpy.props.FloatProperty(name="Most", default=1.5, min=1, max=5)
    low: bpy.props.FloatProperty(name="Least", default=0.0, min=-5, max=0)

    def execute(self, context: bpy.types.Context) -> set[str]:
        sliders.set_range(sliders.rig_of(context), self.low, self.high)
        return {"FINISHED"}


class ONESCULPT_OT_region_intensity(SliderOperator):
    """Make all expressions of this region stronger or weaker"""

    bl_idname = "onesculpt.region_intensity"
    bl_label = "Intensity"

    region: bpy.props.EnumProperty(name="Region", items=[(name, name, "") for name in (*REGIONS, OTHER)])
    intensity: bpy.props.FloatProperty(
        name="Intensity",
        description="1 is what the style gave",
        default=1.0,
        min=sliders.LEAST_INTENSITY,
        max=sliders.MOST_INTENSITY,
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        rows = sliders.rig_of(context).onesculpt.expressions.keys
        own = [row.intensity for row in rows if row.name in REGIONS.get(self.region, ())]
        self.intensity = sum(own) / len(own) if own else 1.0
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        sliders.set_intensity(sliders.rig_of(context), REGIONS.get(self.region, ()), self.intensity)
        return {"FINISHED"}


class ONESCULPT_OT_apply_preset(SliderOperator):
    """Set all sliders to a ready-made expression"""

    bl_idname = "onesculpt.apply_preset"
    bl_label = "Expression Preset"

    name: bpy.props.StringProperty(options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        values = (presets.PRESETS | presets.read_user_presets(user_presets_path())).get(self.name)
        if values is None:
            self.report({"ERROR"}, f"There is no preset “{self.name}”")
            return {"CANCELLED"}
        sliders.set_values(sliders.rig_of(context), values)
        return {"FINISHED"}


class ONESCULPT_OT_save_preset(SliderOperator):
    """Keep the sliders as they are now as a preset of your own"""

    bl_idname = "onesculpt.save_preset"
    bl_label = "Save Preset"
    bl_options = {"REGISTER"}

    name: bpy.props.StringProperty(name="Name", default="My expression")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        name = self.name.strip()
        if not name or name in presets.PRESETS:
            self.report({"ERROR"}, "Choose another name: this one is taken by a ready-made preset or empty")
            return {"CANCELLED"}
        own = presets.read_user_presets(user_presets_path())
        own[name] = {key.name: key.value for key in sliders.keys_of(sliders.rig_of(context)) if key.value}
        presets.write_user_presets(user_presets_path(), own)
        return {"FINISHED"}


class ONESCULPT_OT_key_all(SliderOperator):
    """Set a keyframe on every slider at the current frame"""

    bl_idname = "onesculpt.key_all"
    bl_label = "Key All"

    def execute(self, context: bpy.types.Context) -> set[str]:
        count = sliders.key_all(sliders.rig_of(context), context.scene.frame_current)
        self.report({"INFO"}, f"{count} sliders keyed")
        return {"FINISHED"}


class ONESCULPT_MT_presets(bpy.types.Menu):
    """Ready-made expressions, then the artist's own."""

    bl_idname = "ONESCULPT_MT_presets"
    bl_label = "Presets"

    def draw(self, _context: bpy.types.Context) -> None:
        own = presets.read_user_presets(user_presets_path())
        for group in (presets.PRESETS, own):
            if group is own and own:
                self.layout.separator()
            for name in group:
                self.layout.operator("onesculpt.apply_preset", text=name).name = name
        self.layout.separator()
        self.layout.operator_context = "INVOKE_DEFAULT"
        self.layout.operator("onesculpt.save_preset", icon="ADD")


CLASSES = (
    ONESCULPT_OT_reset_sliders,
    ONESCULPT_OT_mirror_sliders,
    ONESCULPT_OT_solo_slider,
    ONESCULPT_OT_link_sides,
    ONESCULPT_OT_slider_range,
    ONESCULPT_OT_region_intensity,
    ONESCULPT_OT_apply_preset,
    ONESCULPT_OT_save_preset,
    ONESCULPT_OT_key_all,
    ONESCULPT_MT_presets,
)
