# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a new face stands without standing in another one, what is selected, and what the view shows."""

from collections.abc import Generator
from contextlib import contextmanager

import bpy
from mathutils import Vector


def select_only(context: bpy.types.Context, *items: bpy.types.Object) -> None:
    """Make objects the only selected ones, and the last of them the active one."""
    for other in context.selected_objects:
        other.select_set(False)
    for item in items:
        item.hide_set(False)
        item.select_set(True)
        context.view_layer.objects.active = item


@contextmanager
def selection_kept(context: bpy.types.Context) -> Generator[None]:
    """Afterwards the artist's objects are selected and active again."""
    selected, active = context.selected_objects[:], context.view_layer.objects.active
    try:
        yield
    finally:
        select_only(context, *selected)
        context.view_layer.objects.active = active


def look_at_selected(context: bpy.types.Context) -> None:
    """Turn a 3D view, where there is one, to what is selected: it may lie behind the sidebar."""
    if context.region_data is not None:
        bpy.ops.view3d.view_selected()


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
