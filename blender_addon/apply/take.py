# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings the styled rigs into the scene, each beside its head or in a row."""

import bpy

from ..process.arrays import BadArrays
from ..process.runner import Delivery
from ..rig.build import place_rig
from ..rig.data import rig_from_arrays

ROOM = 0.35
"""Metres between people in a row."""


def take_rigs(context: bpy.types.Context, delivery: Delivery) -> None:
    """Make or update one rig for each name."""
    unit = context.scene.unit_settings.scale_length
    names, faces = delivery.client["names"], delivery.client["faces"]
    if delivery.meta.get("rigs") != len(names):
        raise BadArrays("The backend's answer has another number of heads than were asked for.")
    for number, (name, face) in enumerate(zip(names, faces, strict=True)):
        data = rig_from_arrays(delivery.arrays, f"rig_{number}.", unit)
        made, new = place_rig(context, name, data, {**delivery.meta, "settings": {"face": face}})
        if new:
            head = bpy.data.objects.get(face.removeprefix("head:"))
            made.parent.location = (
                head.matrix_world.translation if head else (ROOM / unit * (number + 1), 0, 0)
            )
            made.parent.location.y += ROOM / unit if head else 2 * ROOM / unit
