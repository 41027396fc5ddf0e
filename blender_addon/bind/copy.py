# SPDX-License-Identifier: GPL-3.0-or-later
"""The coloured copy of a bound mesh: green where the base head lies on it, red where it does not, with its landmarks."""

import bpy
import numpy as np
from mathutils import Vector

from ..frame import to_blender
from ..pair import meshes
from ..pair.head import bare_copy
from ..pair.scene import free_spot
from ..process.arrays import BadArrays, points, usable
from ..process.session import Delivery

SUFFIX = " bound"
STEPS = (0.1, 0.25, 0.5, 0.8, 1.15, 1.5)
"""Millimetres from which the next colour is taken."""
COLOURS = (
    *((0.27, 0.55, 0.33), (0.42, 0.62, 0.33), (0.62, 0.70, 0.32), (0.93, 0.70, 0.17)),
    *((0.90, 0.47, 0.12), (0.82, 0.26, 0.10), (0.66, 0.06, 0.05)),
)
NOT_SKIN = (0.4, 0.4, 0.43)
MOVED = 1e-3
"""Part of the head's height by which a landmark has to be moved to count as placed."""


def copy_of(item: bpy.types.Object) -> bpy.types.Object | None:
    """The coloured copy of a mesh."""
    return next((o for o in bpy.data.objects if o.type == "MESH" and o.onesculpt.bind.of == item.name), None)


def landmarks_of(item: bpy.types.Object) -> list[bpy.types.Object]:
    """The empties on a mesh's coloured copy."""
    return [o for o in bpy.data.objects if o.type == "EMPTY" and o.onesculpt.bind.of == item.name]


def placed_landmarks(context: bpy.types.Context, item: bpy.types.Object) -> dict[str, Vector]:
    """Where the artist has put landmarks, on the surface, in the mesh's own coordinates."""
    copy = copy_of(item)
    if copy is None:
        return {}
    context.view_layer.update()
    least = MOVED * max(copy.dimensions)
    found: dict[str, Vector] = {}
    for empty in landmarks_of(item):
        own = empty.onesculpt.bind
        place = copy.matrix_world.inverted() @ empty.matrix_world.translation
        if own.placed or (place - Vector(own.found)).length > least:
            found[own.landmark] = place
    return found


def show_binding(context: bpy.types.Context, item: bpy.types.Object, delivery: Delivery) -> bpy.types.Object:
    """Make or renew the copy, its colours and its landmarks from a ``bind`` result."""
    arrays, unit = delivery.arrays, context.scene.unit_settings.scale_length
    distance, skin = usable(arrays, "distance_mm", "f", None), usable(arrays, "skin", "b", len(arrays["distance_mm"]))
    names = delivery.meta.get("landmark_names", [])
    if len(distance) != len(item.data.vertices):
        raise BadArrays("The mesh has changed since Bind was pressed.")
    places = to_blender(points(arrays, "landmarks", len(names))) / np.float32(unit)
    put_away(item)
    copy = bare_copy(context, item, item.name + SUFFIX)
    copy.onesculpt.role = "NONE"
    copy.onesculpt.bind.path, copy.onesculpt.bind.of = "", item.name
    meshes.set_positions(copy.data, meshes.shown_positions(item))
    step = Vector((1.25 * max(copy.dimensions.x, 0.05), 0, 0))
    copy.location = free_spot(context.scene, copy, item.location - step, -step)
    _colour(copy.data, distance, skin)
    placed = set(delivery.meta.get("placed", []))
    for name, place in zip(names, places, strict=True):
        own = _add_landmark(context, copy, str(name), Vector(place)).onesculpt.bind
        own.of, own.landmark, own.found, own.placed = item.name, name, place, name in placed
    return copy


def put_away(item: bpy.types.Object) -> None:
    """Remove the coloured copy and its landmarks; the binding stays."""
    for empty in landmarks_of(item):
        bpy.data.objects.remove(empty)
    copy = copy_of(item)
    if copy is not None:
        bpy.data.meshes.remove(copy.data)


def _colour(mesh: bpy.types.Mesh, distance: np.ndarray, skin: np.ndarray) -> None:
    """One material for each step of distance, so that every way of shading shows them."""
    layer = mesh.attributes.new("Distance mm", "FLOAT", "POINT")
    layer.data.foreach_set("value", np.ascontiguousarray(distance, np.float32))
    mesh.materials.clear()
    for number, colour in enumerate((*COLOURS, NOT_SKIN)):
        name = f"Onesculpt distance {number}"
        material = bpy.data.materials.get(name) or bpy.data.materials.new(name)
        material.diffuse_color = (*colour, 1.0)
        mesh.materials.append(material)
    corners, sizes = meshes.polygons(mesh)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mean = np.add.reduceat(distance[corners].astype(np.float64), starts) / sizes
    slots = np.searchsorted(STEPS, mean)
    on_skin = np.logical_and.reduceat(skin[corners].astype(bool), starts)
    meshes.set_materials(mesh, np.where(on_skin, slots, len(COLOURS)))


def _add_landmark(context: bpy.types.Context, copy: bpy.types.Object, name: str, place: Vector) -> bpy.types.Object:
    """An empty that stays on the copy's surface wherever it is dragged."""
    empty = bpy.data.objects.new(name, None)
    empty.empty_display_type = "SPHERE"
    empty.empty_display_size = 0.016 * max(copy.dimensions)
    empty.show_in_front = True  # its name stands in the panel: all names at once can't be read
    empty.parent, empty.location = copy, place
    context.collection.objects.link(empty)
    snap = empty.constraints.new("SHRINKWRAP")
    snap.target, snap.shrinkwrap_type = copy, "NEAREST_SURFACE"
    return empty
