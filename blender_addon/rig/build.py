# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a rig in a collection of its own, or updates one in place; source objects stay untouched."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import bpy
import numpy as np

from ..expressions.regions import REGIONS
from ..expressions.sliders import correctives_of, row_of
from ..pair import meshes
from ..pair.scene import select_only
from ..process.session import Delivery
from ..process.slices import Work
from .armature import bind, place_bones
from .correctives import drive
from .data import RigData, rig_from_arrays
from .materials import assign_materials

COLLECTION = "Onesculpt"


def taking_rig(
    context: bpy.types.Context,
    delivery: Delivery,
    name: str,
    settings: Mapping[str, Any],
    source: str = "",
    prefix: str = "",
) -> Work[tuple[bpy.types.Object, bool]]:
    """`place_rig` for the rig that a result holds under ``prefix``, prepared in slices; ``source`` is an object's name."""
    data = rig_from_arrays(delivery.arrays, prefix, context.scene.unit_settings.scale_length)
    yield from data.preparing()
    facts = {**delivery.meta, "settings": settings}
    return place_rig(context, name, data, facts, bpy.data.objects.get(source))


def place_rig(
    context: bpy.types.Context,
    name: str,
    data: RigData,
    facts: Mapping[str, Any],
    source: bpy.types.Object | None = None,
) -> tuple[bpy.types.Object, bool]:
    """Update the rig called ``name`` when it is there and fits, else make one; and whether it was made.

    See `build_rig` for ``source``.
    """
    item = bpy.data.objects.get(name)
    if item is not None and item.onesculpt.role == "RIG" and len(item.data.vertices) == len(data.vertices):
        update_rig(context, item, data, facts)
        return item, False
    return build_rig(context, name, data, facts, source), True


def build_rig(
    context: bpy.types.Context,
    name: str,
    data: RigData,
    facts: Mapping[str, Any],
    source: bpy.types.Object | None = None,
) -> bpy.types.Object:
    """A new face with sliders, in a new collection; returns its mesh object.

    ``facts`` (style, model, topology, settings…) are kept on the object. A ``source`` in a topology of
    its own lends its materials, UVs and attributes; what the rig has more, behind it, looks as its parts do.
    """
    collection = bpy.data.collections.new(name)
    _home(context).children.link(collection)
    armature = bpy.data.objects.new(name + " bones", bpy.data.armatures.new(name + " bones"))
    collection.objects.link(armature)
    armature.data.display_type = "STICK"
    place_bones(context, armature, data)  # before the face is there, or Blender would evaluate that for Edit mode
    if source is not None and data.uv is None and data.begins_with(*meshes.polygons(source.data)):
        item = _as_source(name, source.data, data)
    else:
        mesh = meshes.new_mesh(name, data.vertices, data.surface)
        assign_materials(mesh, data)
        item = bpy.data.objects.new(name, mesh)
    meshes.set_shape_keys(item, data.every_name, data.targets())
    drive(item, data.correctives)
    bind(item, data)
    collection.objects.link(item)
    armature.hide_viewport = True  # the face is what one looks at; the Expressions section shows the bones
    item.parent = armature
    modifier = item.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    _note(item, facts)
    _set_rows(item, data)
    select_only(context, item)
    return item


def _as_source(name: str, source: bpy.types.Mesh, data: RigData) -> bpy.types.Object:
    """An object in no collection yet, with a copy of a mesh in the rig's shape, and with what the rig has more."""
    count, polygons = len(source.vertices), len(source.polygons)
    item = meshes.bare_object(name, source, data.vertices[:count])
    if len(data.polygons) > polygons:
        rest = data.behind(count, polygons)
        more = meshes.new_mesh(name, rest.vertices, rest.surface)
        assign_materials(more, rest)
        meshes.append(item.data, more)
        bpy.data.meshes.remove(more)
    return item


def update_rig(context: bpy.types.Context, item: bpy.types.Object, data: RigData, facts: Mapping[str, Any]) -> None:
    """Bring a rig of as many vertices to new data: the same object, values, animation and intensities.

    Locked keys keep their offsets; correctives that the new data lacks go.
    """
    for key in correctives_of(item):
        if key.name not in data.every_name:
            key.driver_remove("value")
            item.shape_key_remove(key)
    update_keys(item, data)
    drive(item, data.correctives)
    armature = item.find_armature()
    if armature is not None:
        place_bones(context, armature, data)
        bind(item, data)
    _note(item, facts)
    _set_rows(item, data)


def update_keys(item: bpy.types.Object, data: RigData) -> None:
    """Bring the neutral face and all keys to new data; locked keys keep their offsets, all keep their intensity."""
    mesh = item.data
    targets = list(_kept_targets(item, data))
    meshes.set_key_positions(mesh.shape_keys.reference_key, data.vertices)
    meshes.set_positions(mesh, data.vertices)
    meshes.set_shape_keys(item, data.every_name, targets)


def _kept_targets(item: bpy.types.Object, data: RigData) -> Iterator[np.ndarray]:
    """The new positions of each key, with what the artist locked or made stronger."""
    keys, rows = item.data.shape_keys, item.onesculpt.expressions.keys
    old_basis = meshes.key_positions(keys.reference_key)
    for name, target in zip(data.every_name, data.targets(), strict=True):
        key, row = keys.key_blocks.get(name), rows.get(name)
        if row is not None and row.locked and key is not None:
            yield data.vertices + (meshes.key_positions(key) - old_basis)
        elif row is not None and row.intensity != 1.0:
            yield data.vertices + np.float32(row.intensity) * (target - data.vertices)
        else:
            yield target


def _note(item: bpy.types.Object, facts: Mapping[str, Any]) -> None:
    own = item.onesculpt
    own.role = "RIG"
    own.model, own.topology = str(facts.get("model", "")), str(facts.get("topology", ""))
    own.style = str(facts.get("style", ""))
    if facts.get("binding"):
        own.bind.path = str(facts["binding"])
    own.settings = json.dumps(facts.get("settings", {}))


def _set_rows(item: bpy.types.Object, data: RigData) -> None:
    """One row for each key, beside the shape keys: its lock, its intensity, whether others drive it."""
    own = item.onesculpt.expressions
    driven = {corrective.name for corrective in data.correctives}
    for name in data.every_name:
        row_of(own.keys, name).corrective = name in driven
    for region in REGIONS:
        row_of(own.regions, region)


def _home(context: bpy.types.Context) -> bpy.types.Collection:
    home = bpy.data.collections.get(COLLECTION) or bpy.data.collections.new(COLLECTION)
    if home not in context.scene.collection.children_recursive:
        context.scene.collection.children.link(home)
    return home
