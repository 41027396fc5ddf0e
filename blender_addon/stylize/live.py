# SPDX-License-Identifier: GPL-3.0-or-later
"""The training's newest preview, shown on a copy of the sculpt beside it."""

import bpy
import numpy as np

from ..frame import to_blender
from ..pair import meshes
from ..pair.head import bare_copy
from ..process.arrays import points
from ..process.session import Delivery

SUFFIX = " preview"


def show_preview(context: bpy.types.Context, delivery: Delivery) -> None:
    """Move the preview object's vertices; make it when it is missing."""
    sculpt = bpy.data.objects.get(delivery.client.get("styled", ""))
    if sculpt is None or context.mode not in {"OBJECT", "SCULPT"}:
        return
    name = sculpt.name + SUFFIX
    item = bpy.data.objects.get(name)
    if item is None:
        item = bare_copy(context, sculpt, name)
        item.location.x += 1.25 * float(np.ptp(meshes.positions(sculpt.data)[:, 0]))
        item.hide_select = True
        item.onesculpt.role = "NONE"
    vertices = points(delivery.arrays, "vertices", len(item.data.vertices))
    meshes.set_positions(item.data, to_blender(vertices) / context.scene.unit_settings.scale_length)


def remove_preview(sculpt_name: str) -> None:
    """Take the preview object away."""
    item = bpy.data.objects.get(sculpt_name + SUFFIX)
    if item is not None:
        bpy.data.meshes.remove(item.data)
