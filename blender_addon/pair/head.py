# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a base head into the scene, and makes the copy that is sculpted."""

import bpy
import numpy as np
from mathutils import Vector

from ..frame import to_blender
from ..process.arrays import usable
from ..process.session import Delivery
from . import meshes
from .check import check_scene
from .scene import free_spot, select_only
from .surface import surface_of

SLIDERS = 12
"""Identity components that a base head carries as sliders."""
ROOM = 0.6
"""Between two base heads, in units of the scene: a sculpt finds room between them."""
INNER_LIPS = (61, 62, 63, 67, 66, 65)
"""Landmarks (iBUG 68) of the inner lips: upper, then the lower ones under them."""


def add_base_head(context: bpy.types.Context, delivery: Delivery) -> bpy.types.Object:
    """Make a clean head from an ``identities`` result: quads, UVs, at the origin, facing −Y, in metres."""
    arrays = delivery.arrays
    vertices = to_blender(usable(arrays, "vertices", "f", None, None, 3)[0])
    surface = surface_of(arrays["polygons"], arrays.get("uv"), arrays.get("uv_polygons"))
    mesh = meshes.new_mesh("Base head", vertices, surface)
    item = bpy.data.objects.new("Base head", mesh)
    item.location = free_spot(context.scene, item, Vector(), Vector((ROOM, 0, 0)))
    context.collection.objects.link(item)
    components = arrays.get("components")
    if components is not None and len(components):
        targets = vertices + to_blender(components)
        names = [f"Identity {row + 1:02}" for row in range(len(targets))]
        meshes.set_shape_keys(item, names, targets)
        for name in names:
            key = mesh.shape_keys.key_blocks[name]
            key.slider_min, key.slider_max = -3.0, 3.0
    own = item.onesculpt
    own.role, own.model = "HEAD", str(delivery.meta.get("model", ""))
    own.topology = str(delivery.meta.get("topology", ""))
    if arrays.get("landmarks") is not None:
        own.lips = [int(index) for index in arrays["landmarks"][list(INNER_LIPS)]]
    select_only(context, item)
    pair = context.scene.onesculpt.pair
    pair.neutral, pair.styled = item, None
    return item


def start_sculpt(context: bpy.types.Context, neutral: bpy.types.Object) -> bpy.types.Object:
    """A copy of ``neutral`` as it looks now, without keys and modifiers, beside it, and picked as sculpt."""
    shown = meshes.shown_positions(neutral)
    sculpt = bare_copy(context, neutral, neutral.name + " sculpt")
    meshes.set_positions(sculpt.data, shown)
    sculpt.onesculpt.role = "SCULPT"
    step = Vector((1.25 * float(np.ptp(shown[:, 0])) * neutral.scale.x, 0, 0))
    sculpt.location = free_spot(context.scene, sculpt, neutral.location + step, step)
    select_only(context, sculpt)
    context.scene.onesculpt.pair.styled = sculpt
    check_scene(context)
    return sculpt


def bare_copy(context: bpy.types.Context, item: bpy.types.Object, name: str) -> bpy.types.Object:
    """A copy of an object and its mesh, vertex order kept, without shape keys, modifiers and animation."""
    copy = item.copy()
    copy.data = item.data.copy()
    copy.name = copy.data.name = name
    copy.animation_data_clear()
    copy.modifiers.clear()
    copy.shape_key_clear()
    context.collection.objects.link(copy)
    return copy
