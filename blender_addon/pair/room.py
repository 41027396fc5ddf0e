# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a new face can stand without standing in another one."""

import bpy
from mathutils import Vector


def free_spot(scene: bpy.types.Scene, item: bpy.types.Object, wanted: Vector, step: Vector) -> Vector:
    """The first of ``wanted``, ``wanted + step``… that no face of ours but ``item`` takes."""
    faces = (other for other in scene.objects if other.onesculpt.role != "NONE" and other != item)
    taken = [_root(other).location for other in faces]
    near = step.length / 2
    spot = wanted.copy()
    while any((place - spot).length < near for place in taken):
        spot += step
    return spot


def _root(item: bpy.types.Object) -> bpy.types.Object:
    """What carries an object; a rig's face stands where its bones are."""
    while item.parent is not None:
        item = item.parent
    return item
