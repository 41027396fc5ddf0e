# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy of a rig that is exported: modifiers baked into every key, keys renamed, the original untouched."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import bpy
import numpy as np

from ..compat import copy_animation
from ..pair import meshes
from ..pair.scene import select_only, selection_kept
from ..words import UserError
from .baking import bake_drivers
from .compare import Keys


@contextmanager
def export_copy(
    context: bpy.types.Context, item: bpy.types.Object, names: Mapping[str, str], *, animated: bool
) -> Generator[Keys]:
    """A selected copy of a rig under the original's names, gone again afterwards; gives its keys as they must come back.

    Raises
    ------
    UserError
        When modifiers and shape keys can't both survive.
    """
    armature = item.find_armature()
    originals = {source: (source.name, source.data.name) for source in (item, armature) if source}
    made: list[bpy.types.ID] = []
    with selection_kept(context):
        try:
            for source, (name, data_name) in originals.items():
                source.name, source.data.name = name[:55] + " source", data_name[:55] + " source"
            mesh = _baked_mesh(context, item)
            copy = _linked_copy(context, item, mesh, originals[item], made)
            _keep_only_armature(copy)
            bones = None
            if armature:
                bones = _linked_copy(context, armature, armature.data.copy(), originals[armature], made)
                bones.hide_viewport = False
                copy.parent = copy.modifiers[0].object = bones
            for key in mesh.shape_keys.key_blocks[1:]:
                key.value, key.mute = 0.0, False
                if key.name not in names:
                    copy.shape_key_remove(key)
            if animated:
                copy_animation(item.data.shape_keys, mesh.shape_keys)
                bake_drivers(context, item.data.shape_keys, mesh.shape_keys)
            for key in mesh.shape_keys.key_blocks[1:]:
                key.name = names[key.name]
            select_only(context, *([bones, copy] if bones else [copy]))
            context.view_layer.update()
            yield object_keys(copy)
        finally:
            actions = {_action(mesh.shape_keys) for mesh in made if isinstance(mesh, bpy.types.Mesh)} - {None}
            bpy.data.batch_remove([thing for thing in made if isinstance(thing, bpy.types.Object)])
            bpy.data.batch_remove([thing for thing in made if not isinstance(thing, bpy.types.Object)] + list(actions))
            for source, (name, data_name) in originals.items():
                source.name, source.data.name = name, data_name


def _linked_copy(
    context: bpy.types.Context,
    source: bpy.types.Object,
    data: bpy.types.ID,
    names: tuple[str, str],
    made: list[bpy.types.ID],
) -> bpy.types.Object:
    """A copy of an object in the scene, with its own data, under given names; both are noted in ``made``."""
    copy = source.copy()
    made += [copy, data]
    copy.data = data
    copy.name, data.name = names
    context.scene.collection.objects.link(copy)
    return copy


def _baked_mesh(context: bpy.types.Context, item: bpy.types.Object) -> bpy.types.Mesh:
    """A copy of the mesh in which all modifiers but the armature's are baked into basis and keys."""
    mesh = item.data.copy()
    mesh.shape_keys.animation_data_clear()
    others = [m for m in item.modifiers if m.type != "ARMATURE" and m.show_viewport]
    if not others:
        return mesh
    work = item.copy()
    work.data = mesh
    context.scene.collection.objects.link(work)
    try:
        for modifier in [m for m in work.modifiers if m.type == "ARMATURE"]:
            work.modifiers.remove(modifier)
        keys = work.data.shape_keys.key_blocks[1:]
        for key in keys:
            key.value, key.mute, key.slider_max = 0.0, False, max(key.slider_max, 1.0)
        evaluated = _evaluated(context, work)
        mesh = bpy.data.meshes.new_from_object(evaluated, depsgraph=context.evaluated_depsgraph_get())
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
    points = meshes.evaluated_positions(_evaluated(context, work))
    key.value = 0.0
    if len(points) != count:
        sentence = "The modifier “{modifier}” gives “{key}” other vertices than the neutral face. Apply or remove it before exporting"
        raise UserError(sentence, modifier=modifier, key=key.name)
    return points


def _evaluated(context: bpy.types.Context, item: bpy.types.Object) -> bpy.types.Object:
    context.view_layer.update()
    return item.evaluated_get(context.evaluated_depsgraph_get())


def _keep_only_armature(item: bpy.types.Object) -> None:
    for modifier in [m for m in item.modifiers if m.type != "ARMATURE"]:
        item.modifiers.remove(modifier)


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
