# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export will hold, counted cheaply enough to be drawn."""

import bpy


def summary(item: bpy.types.Object) -> dict[str, int]:
    """How many of what go out, without modifiers."""
    armature = item.find_armature()
    keys = item.data.shape_keys
    return {
        "keys": len(keys.key_blocks) - 1 if keys else 0,
        "vertices": len(item.data.vertices),
        "bones": len(armature.data.bones) if armature else 0,
        "materials": len({slot.material for slot in item.material_slots if slot.material}),
    }
