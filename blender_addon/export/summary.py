# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export will hold, counted cheaply enough to be drawn."""

import bpy

from ..expressions.sliders import correctives_of, keys_of


def exported_keys(item: bpy.types.Object, *, correctives: bool) -> list[bpy.types.ShapeKey]:
    """The keys that go out: the sliders, and those that they drive when wanted."""
    if item.data.shape_keys is None:
        return []
    return [*keys_of(item), *(correctives_of(item) if correctives else ())]


def summary(item: bpy.types.Object, *, correctives: bool) -> dict[str, int]:
    """How many of what go out, without modifiers."""
    armature = item.find_armature()
    return {
        "keys": len(exported_keys(item, correctives=correctives)),
        "vertices": len(item.data.vertices),
        "bones": len(armature.data.bones) if armature else 0,
        "materials": len({slot.material for slot in item.material_slots if slot.material}),
    }
