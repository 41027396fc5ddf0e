# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings the styled rigs into the scene, each beside its head or in a row."""

import bpy
from mathutils import Vector

from ..pair.scene import free_spot
from ..process.arrays import BadArrays
from ..process.session import Delivery
from ..process.slices import Work
from ..rig.build import taking_rig

ROOM = 0.35
"""Metres between people in a row."""


def take_rigs(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """Make or update one rig for each name; rests between two of them."""
    unit = context.scene.unit_settings.scale_length
    names, faces = delivery.client["names"], delivery.client["faces"]
    if delivery.meta.get("rigs") != len(names):
        raise BadArrays("The backend's answer has another number of heads than were asked for.")
    for number, (name, face) in enumerate(zip(names, faces, strict=True)):
        head = face.removeprefix("head:") if face.startswith("head:") else ""
        made, new = yield from taking_rig(context, delivery, name, {"face": face}, head, f"rig_{number}.")
        if new:
            _find_place(context.scene, made, bpy.data.objects.get(head), ROOM / unit)
        yield


def _find_place(scene: bpy.types.Scene, made: bpy.types.Object, head: bpy.types.Object | None, room: float) -> None:
    """Behind its head, or in a row behind the origin, where nothing stands yet."""
    step = Vector((0, room, 0) if head else (room, 0, 0))
    start = head.matrix_world.translation + step if head else Vector((room, 2 * room, 0))
    made.parent.location = free_spot(scene, made, start, step)
