# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Expressions section."""

from pathlib import Path

import bpy

from ..actions import Action
from ..package import user_folder
from ..words import Phrase, UserError, tell
from . import presets, sliders
from .regions import REGIONS


def user_presets_path() -> Path:
    """Where the artist's own presets are kept."""
    return user_folder("presets") / "expressions.json"


class RigAction(Action):
    """An action on the active rig."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return "" if sliders.rig_of(context) else "Select a face that Onesculpt made"


class ONESCULPT_OT_reset_sliders(RigAction):
    """Set the sliders of this region to 0"""

    bl_label = "Reset"

    region: bpy.props.StringProperty(description="Region; empty: all", options={"SKIP_SAVE"})

    def carry_out(self, context: bpy.types.Context) -> None:
        sliders.set_values(sliders.rig_of(context), {}, REGIONS.get(self.region))


class ONESCULPT_OT_mirror_sliders(RigAction):
    """Swap the sides of the face, or copy one to the other"""

    bl_label = "Mirror"

    way: bpy.props.EnumProperty(
        name="Way",
        items=[
            ("SWAP", "Swap Sides", "Left becomes right and right becomes left"),
            ("Left", "Left to Right", "The right side gets the values of the face's left side"),
            ("Right", "Right to Left", "The left side gets the values of the face's right side"),
        ],
    )

    def carry_out(self, context: bpy.types.Context) -> None:
        item = sliders.rig_of(context)
        if self.way == "SWAP":
            sliders.mirror_values(item)
        else:
            sliders.copy_side(item, self.way)


class ONESCULPT_OT_solo_slider(RigAction):
    """Show only this slider's effect; press again to show all"""

    bl_label = "Solo"

    key: bpy.props.StringProperty(options={"SKIP_SAVE"})

    def carry_out(self, context: bpy.types.Context) -> None:
        sliders.solo(sliders.rig_of(context), self.key)


class ONESCULPT_OT_link_sides(RigAction):
    """Have the right side follow the left one, or let it go again"""

    bl_label = "Link Left and Right"

    def carry_out(self, context: bpy.types.Context) -> None:
        item = sliders.rig_of(context)
        sliders.set_linked(item, not item.onesculpt.expressions.linked)


class ONESCULPT_OT_slider_range(RigAction):
    """How far the sliders can be pulled"""

    bl_label = "Slider Range"

    high: bpy.props.FloatProperty(name="Most", default=1.5, min=1, max=5)
    low: bpy.props.FloatProperty(name="Least", default=0.0, min=-5, max=0)

    def carry_out(self, context: bpy.types.Context) -> None:
        sliders.set_range(sliders.rig_of(context), self.low, self.high)


class ONESCULPT_OT_apply_preset(RigAction):
    """Set all sliders to a ready-made expression"""

    bl_label = "Expression Preset"

    name: bpy.props.StringProperty(options={"SKIP_SAVE"})

    def carry_out(self, context: bpy.types.Context) -> None:
        values = (presets.PRESETS | presets.read_user_presets(user_presets_path())).get(self.name)
        if values is None:
            raise UserError("There is no preset “{name}”", name=self.name)
        sliders.set_values(sliders.rig_of(context), values)


class ONESCULPT_OT_save_preset(RigAction):
    """Keep the sliders as they are now as a preset of your own"""

    bl_label = "Save Preset"
    bl_options = {"REGISTER"}

    name: bpy.props.StringProperty(name="Name", default="My expression")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def carry_out(self, context: bpy.types.Context) -> None:
        name = self.name.strip()
        if not name or name in presets.PRESETS:
            raise UserError("Choose another name: this one is taken by a ready-made preset or empty")
        own = presets.read_user_presets(user_presets_path())
        own[name] = {key.name: key.value for key in sliders.keys_of(sliders.rig_of(context)) if key.value}
        presets.write_user_presets(user_presets_path(), own)


class ONESCULPT_OT_remove_preset(Action):
    """Remove this preset of your own"""

    bl_label = "Remove Preset"

    name: bpy.props.StringProperty(options={"SKIP_SAVE"})

    def carry_out(self, _context: bpy.types.Context) -> None:
        own = presets.read_user_presets(user_presets_path())
        if own.pop(self.name, None) is None:
            raise UserError("There is no preset “{name}”", name=self.name)
        presets.write_user_presets(user_presets_path(), own)


class ONESCULPT_OT_key_all(RigAction):
    """Set a keyframe on every slider at the current frame"""

    bl_label = "Key All"

    def carry_out(self, context: bpy.types.Context) -> None:
        count = sliders.key_all(sliders.rig_of(context), context.scene.frame_current)
        tell(self, "INFO", Phrase("{count} sliders keyed", count=count))


class ONESCULPT_MT_presets(bpy.types.Menu):
    """Ready-made expressions, then the artist's own."""

    bl_label = "Presets"

    def draw(self, _context: bpy.types.Context) -> None:
        layout, own = self.layout, presets.read_user_presets(user_presets_path())
        for name in presets.PRESETS:
            layout.operator("onesculpt.apply_preset", text=name).name = name
        layout.separator()
        for name in own:
            layout.operator("onesculpt.apply_preset", text=name, translate=False, icon="USER").name = name
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("onesculpt.save_preset", icon="ADD")
        if own:
            layout.menu("ONESCULPT_MT_remove_preset", icon="TRASH")


class ONESCULPT_MT_remove_preset(bpy.types.Menu):
    """The artist's own presets, to remove one."""

    bl_label = "Remove Preset"

    def draw(self, _context: bpy.types.Context) -> None:
        for name in presets.read_user_presets(user_presets_path()):
            self.layout.operator("onesculpt.remove_preset", text=name, translate=False).name = name
