# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between Blender 4.2 and 5.2, in one place."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import bpy


@contextmanager
def editing(context: bpy.types.Context, item: bpy.types.Object) -> Generator[None]:
    """Edit mode on ``item``; afterwards the artist's active object is active again, in object mode."""
    layer = context.view_layer
    before, hidden = layer.objects.active, item.hide_viewport
    item.hide_viewport = False
    layer.objects.active = item
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        yield
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
        layer.objects.active = before
        item.hide_viewport = hidden


def curves_of(owner: bpy.types.ID, name: str) -> Any:
    """The F-curves that animate ``owner``, in an action of its own called ``name``, made when missing.

    Since 4.4 an action has slots, and since 5.0 its curves are only reached through them.
    """
    animation = owner.animation_data or owner.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(name)
    action = animation.action
    if not hasattr(action, "slots"):
        return action.fcurves
    if animation.action_slot is None:
        slot = next((slot for slot in action.slots if slot.target_id_type == owner.id_type), None)
        animation.action_slot = slot or action.slots.new(id_type=owner.id_type, name=owner.name)
    if bpy.app.version >= (5, 0):
        from bpy_extras import anim_utils

        return anim_utils.action_ensure_channelbag_for_slot(action, animation.action_slot).fcurves
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(animation.action_slot, ensure=True).fcurves


def copy_animation(source: bpy.types.ID, target: bpy.types.ID) -> None:
    """Give ``target`` a copy of the action that animates ``source``, if there is one."""
    animation = source.animation_data
    if animation is None or animation.action is None:
        return
    copied = target.animation_data_create()
    copied.action = animation.action.copy()
    if hasattr(copied, "action_slot"):
        slots = copied.action.slots
        wanted = animation.action_slot.identifier if animation.action_slot else ""
        copied.action_slot = slots.get(wanted) or (slots[0] if len(slots) else None)


def set_points(curve: bpy.types.FCurve, frames: Any, values: Any) -> None:
    """Put (F,) values at (F,) frames into an empty curve, straight lines between them."""
    import numpy as np

    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.stack([frames, values], axis=1).astype(np.float32).ravel())
    linear = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value
    points.foreach_set("interpolation", np.full(len(frames), linear, np.int32))
    curve.update()
