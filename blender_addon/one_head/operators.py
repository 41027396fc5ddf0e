# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigging the selected head, and what happens with what comes back."""

import bpy

from .. import shared
from ..process.actions import JobAction
from ..process.session import Delivery
from ..process.slices import Work

SUFFIX = " rig"
LONGEST_NAME = 55
ROOM = 1.3
"""Widths of a head between it and its rig."""


def head_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object, when it is a mesh that may be a neutral head."""
    item = context.active_object
    return item if item is not None and item.type == "MESH" and item.onesculpt.role != "RIG" else None


class ONESCULPT_OT_rig_head(JobAction):
    """Give the selected head, of any topology, its 52 expressions: no sculpt and no style are needed"""

    bl_label = "Rig This Head"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return super().refusal(context) if head_of(context) else "Select a neutral head, of any topology"

    def carry_out(self, context: bpy.types.Context) -> None:
        from ..bind.topology import binding_path, is_foreign
        from ..pair import meshes

        item = head_of(context)
        arrays = {"vertices": meshes.metres(item, context.scene), "faces": meshes.padded_polygons(item.data)}
        binding = binding_path(item) if is_foreign(context, item) else ""
        settings = shared.protocol.RigSettings(item.name, binding, context.scene.onesculpt.one_head.fill_inner)
        client = {"handler": "one_head.rig", "head": item.name, "name": item.name[:LONGEST_NAME] + SUFFIX}
        self.start(context, settings, client, arrays)


def _take_rig(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """Make the head's rig beside it, turned and scaled as it is, or update the one that an earlier run made."""
    from mathutils import Vector

    from ..pair.scene import free_spot, look_at_selected
    from ..rig.build import taking_rig

    name = delivery.client["head"]
    item, made = yield from taking_rig(context, delivery, delivery.client["name"], {"face": f"head:{name}"}, name)
    found = context.window_manager.onesculpt.one_head
    found.hollow, found.fused = bool(delivery.meta.get("lacking")), bool(delivery.meta.get("fused_mouth"))
    head = bpy.data.objects.get(name)
    if not made or head is None:
        return
    item.parent.matrix_world = head.matrix_world
    step = Vector((ROOM * max(head.dimensions.x, 0.1), 0, 0))
    item.parent.location = free_spot(context.scene, item, head.matrix_world.translation + step, step)
    look_at_selected(context)


HANDLERS = {"one_head.rig": _take_rig}
