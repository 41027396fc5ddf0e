# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a rig in a collection of its own, or updates one in place; source objects stay untouched."""

import json
from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np

from ..pair import meshes
from .armature import bind, place_bones
from .data import RigData
from .materials import material_slots

COLLECTION = "Onesculpt"


def build_rig(
    context: bpy.types.Context, name: str, data: RigData, facts: Mapping[str, Any]
) -> bpy.types.Object:
    """A new face with sliders, in a new collection; returns its mesh object.

    ``facts`` (style, model, topology, settings…) are kept on the object.
    """
    collection = bpy.data.collections.new(name)
    _home(context).children.link(collection)
    mesh = meshes.new_mesh(name, data.vertices, data.polygons, data.uv, data.uv_polygons)
    for material in material_slots(data.part_names):
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", data.parts.astype(np.int32))
    item = bpy.data.objects.new(name, mesh)
    armature = bpy.data.objects.new(name + " bones", bpy.data.armatures.new(name + " bones"))
    for created in (armature, item):
        collection.objects.link(created)
    armature.data.display_type = "STICK"
    meshes.set_shape_keys(item, data.names, data.targets)
    place_bones(context, armature, data)
    bind(item, data)
    armature.hide_viewport = True  # the face is what one looks at; the Expressions section shows the bones
    item.parent = armature
    modifier = item.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    _note(item, facts)
    _set_keys(item, data)
    for other in context.selected_objects:
        other.select_set(False)
    item.select_set(True)
    context.view_layer.objects.active = item
    return item


def update_rig(
    context: bpy.types.Context, item: bpy.types.Object, data: RigData, facts: Mapping[str, Any]
) -> None:
    """Bring an existing rig to new data: the same object, values, animation; locked keys keep their offsets.

    Raises
    ------
    ValueError
        When the vertices are not the same ones.
    """
    mesh = item.data
    if len(mesh.vertices) != len(data.vertices):
        raise ValueError(f"“{item.name}” has other vertices than the new rig.")
    basis = mesh.shape_keys.reference_key
    old_basis = meshes.key_positions(basis)
    locked = {row.name for row in item.onesculpt.expressions.keys if row.locked}
    targets = data.targets.copy()
    for row, name in enumerate(data.names):
        key = mesh.shape_keys.key_blocks.get(name)
        if name in locked and key is not None:
            targets[row] = data.vertices + (meshes.key_positions(key) - old_basis)
    basis.data.foreach_set("co", np.ascontiguousarray(data.vertices).ravel())
    meshes.set_positions(mesh, data.vertices)
    meshes.set_shape_keys(item, data.names, targets)
    armature = item.find_armature()
    if armature is not None:
        place_bones(context, armature, data)
        bind(item, data)
    _note(item, facts)
    _set_keys(item, data, locked)


def _note(item: bpy.types.Object, facts: Mapping[str, Any]) -> None:
    own = item.onesculpt
    own.role = "RIG"
    own.model, own.topology = str(facts.get("model", "")), str(facts.get("topology", ""))
    own.style = str(facts.get("style", ""))
    own.settings = json.dumps(facts.get("settings", {}))


def _set_keys(item: bpy.types.Object, data: RigData, locked: set[str] = frozenset()) -> None:
    """One row for each slider, beside the shape keys: its lock and its intensity."""
    rows = item.onesculpt.expressions.keys
    for name in data.names:
        row = rows.get(name)
        if row is None:
            row = rows.add()
            row.name = name
        if name not in locked:
            row.intensity = 1.0


def _home(context: bpy.types.Context) -> bpy.types.Collection:
    home = bpy.data.collections.get(COLLECTION)
    if home is None:
        home = bpy.data.collections.new(COLLECTION)
    if home not in context.scene.collection.children_recursive:
        context.scene.collection.children.link(home)
    return home
