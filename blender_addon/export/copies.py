# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy of a rig that is exported: modifiers baked into every key, keys renamed, the original untouched."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ..compat import copy_animation
from ..pair import meshes
from ..words import Phrase
from .baking import bake_drivers
from .compare import Keys


@dataclass
class ExportCopy:
    """The copied mesh object, its copied armature if it has one, and the keys as they must come back."""

    item: bpy.types.Object
    armature: bpy.types.Object | None
    keys: Keys

    def objects(self) -> list[bpy.types.Object]:
        return [item for item in (self.armature, self.item) if item is not None]


class CannotBake(Exception):
    """A modifier changes the vertices from key to key; the text says which."""


@contextmanager
def export_copy(
    context: bpy.types.Context, item: bpy.types.Object, names: Mapping[str, str], *, animated: bool
) -> Generator[ExportCopy]:
    """A selected copy of a rig under the original's names, gone again afterwards.

    Raises
    ------
    CannotBake
        When modifiers and shape keys can't both survive.
    """
    armature = item.find_armature()
    originals = {source: (source.name, source.data.name) for source in (item, armature) if source}
    selected, active = context.selected_objects[:], context.view_layer.objects.active
    made: list[bpy.types.ID] = []
    try:
        for source, (name, data_name) in originals.items():
            source.name, source.data.name = name[:55] + " source", data_name[:55] + " source"
        mesh = _baked_mesh(context, item)
        copy = item.copy()
        copy.data = mesh
        copy.name, mesh.name = originals[item]
        made += [copy, mesh]
        context.scene.collection.objects.link(copy)
        _keep_only_armature(copy)
        bones = None
        if armature:
            bones = armature.copy()
            bones.data = armature.data.copy()
            bones.name, bones.data.name = originals[armature]
            bones.hide_viewport = False
            made += [bones, bones.data]
            context.scene.collection.objects.link(bones)
            copy.parent = bones
            copy.modifiers[0].object = bones
        for key in mesh.shape_keys.key_blocks[1:]:
            key.value, key.mute = 0.0, False
            if key.name not in names:
                copy.shape_key_remove(key)
        if animated:
            copy_animation(item.data.shape_keys, mesh.shape_keys)
            bake_drivers(context, item.data.shape_keys, mesh.shape_keys)
        for key in mesh.shape_keys.key_blocks[1:]:
            key.name = names[key.name]
        _select(context, [bones, copy] if bones else [copy])
        yield ExportCopy(copy, bones, _keys(context, copy))
    finally:
        actions = {_action(mesh.shape_keys) for mesh in made if isinstance(mesh, bpy.types.Mesh)} - {None}
        bpy.data.batch_remove([thing for thing in made if isinstance(thing, bpy.types.Object)])
        bpy.data.batch_remove(
            [thing for thing in made if not isinstance(thing, bpy.types.Object)] + list(actions)
        )
        for source, (name, data_name) in originals.items():
            source.name, source.data.name = name, data_name
        _select(context, selected)
        context.view_layer.objects.active = active


def _baked_mesh(context: bpy.types.Context, item: bpy.types.Object) -> bpy.types.Mesh:
    """A copy of the mesh in which all modifiers but the armature's are baked into basis and keys."""
    others = [m for m in item.modifiers if m.type != "ARMATURE" and m.show_viewport]
    if not others:
        mesh = item.data.copy()
        if mesh.shape_keys.animation_data:
            mesh.shape_keys.animation_data_clear()
        return mesh
    work = item.copy()
    work.data = item.data.copy()
    if work.data.shape_keys.animation_data:
        work.data.shape_keys.animation_data_clear()
    context.scene.collection.objects.link(work)
    try:
        for modifier in [m for m in work.modifiers if m.type == "ARMATURE"]:
            work.modifiers.remove(modifier)
        keys = work.data.shape_keys.key_blocks[1:]
        for key in keys:
            key.value, key.mute, key.slider_max = 0.0, False, max(key.slider_max, 1.0)
        mesh = bpy.data.meshes.new_from_object(
            _evaluated(context, work), depsgraph=context.evaluated_depsgraph_get()
        )
        targets = [_with_key(context, work, key, len(mesh.vertices), others[0].name) for key in keys]
    finally:
        data = work.data
        bpy.data.objects.remove(work)
        bpy.data.meshes.remove(data)
    holder = bpy.data.objects.new("bake", mesh)
    meshes.set_shape_keys(holder, [key.name for key in item.data.shape_keys.key_blocks[1:]], targets)
    bpy.data.objects.remove(holder)
    return mesh


def _with_key(
    context: bpy.types.Context, work: bpy.types.Object, key: bpy.types.ShapeKey, count: int, modifier: str
) -> np.ndarray:
    key.value = 1.0
    evaluated = _evaluated(context, work)
    mesh = evaluated.to_mesh()
    points = meshes.positions(mesh)
    evaluated.to_mesh_clear()
    key.value = 0.0
    if len(points) != count:
        raise CannotBake(
            Phrase(
                "The modifier “{modifier}” gives “{key}” other vertices than the neutral face. "
                "Apply or remove it before exporting",
                modifier=modifier,
                key=key.name,
            )
        )
    return points


def _evaluated(context: bpy.types.Context, item: bpy.types.Object) -> bpy.types.Object:
    context.view_layer.update()
    return item.evaluated_get(context.evaluated_depsgraph_get())


def _keep_only_armature(item: bpy.types.Object) -> None:
    for modifier in [m for m in item.modifiers if m.type != "ARMATURE"]:
        item.modifiers.remove(modifier)


def _keys(context: bpy.types.Context, item: bpy.types.Object) -> Keys:
    """The copy's keys in the scene's space and metres."""
    context.view_layer.update()
    return object_keys(item)


def object_keys(item: bpy.types.Object) -> Keys:
    """An object's basis and the offsets of its keys in world space."""
    turn, place = np.array(item.matrix_world.to_3x3()), np.array(item.matrix_world.translation)
    if item.data.shape_keys is None:
        return Keys(meshes.positions(item.data) @ turn.T + place, {})
    basis = meshes.key_positions(item.data.shape_keys.reference_key)
    keys = item.data.shape_keys.key_blocks[1:]
    offsets = {key.name: (meshes.key_positions(key) - basis) @ turn.T for key in keys}
    return Keys(basis @ turn.T + place, offsets)


def _action(owner: bpy.types.Key | None) -> bpy.types.Action | None:
    return owner.animation_data.action if owner and owner.animation_data else None


def _select(context: bpy.types.Context, items: list[bpy.types.Object]) -> None:
    for other in context.selected_objects:
        other.select_set(False)
    for item in items:
        item.hide_set(False)
        item.select_set(True)
        context.view_layer.objects.active = item
