# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a rig with Blender's own exporters, and reads the file back to see that nothing was lost."""

from collections.abc import Mapping
from pathlib import Path

import bpy
import numpy as np

from .compare import Keys, differences
from .copies import export_copy, object_keys

SUFFIXES = {"GLB": ".glb", "FBX": ".fbx", "USD": ".usdc"}


def export_rig(
    context: bpy.types.Context,
    item: bpy.types.Object,
    path: Path,
    form: str,
    names: Mapping[str, str],
    *,
    animated: bool,
) -> list[str]:
    """Write ``item`` to ``path`` and compare; gives sentences about differences, none when all is well.

    Raises
    ------
    CannotBake
        When modifiers and shape keys can't both survive.
    RuntimeError
        When Blender's exporter fails.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with export_copy(context, item, names, animated=animated) as copy:
            _write(temporary, form, animated=animated)
            out = copy.keys
        found = differences(out, read_keys(context, temporary, form))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return found


def read_keys(context: bpy.types.Context, path: Path, form: str) -> Keys:
    """The keys that a file holds, read by Blender's own importer; the scene is left as it was."""
    kinds = ("objects", "meshes", "armatures", "materials", "actions", "collections", "images", "texts")
    before = {kind: set(getattr(bpy.data, kind)) for kind in kinds}
    selected, active = context.selected_objects[:], context.view_layer.objects.active
    frames = (context.scene.frame_start, context.scene.frame_end, context.scene.frame_current)
    rate = (context.scene.render.fps, context.scene.render.fps_base)
    try:
        _read(path, form)
        context.view_layer.update()
        found = [
            item
            for item in set(bpy.data.objects) - before["objects"]
            if item.type == "MESH" and item.data.shape_keys
        ]
        return object_keys(found[0]) if found else Keys(np.empty((0, 3)), {})
    finally:
        for kind in kinds:
            bpy.data.batch_remove(set(getattr(bpy.data, kind)) - before[kind])
        scene = context.scene
        scene.frame_start, scene.frame_end, scene.frame_current = frames
        scene.render.fps, scene.render.fps_base = rate
        for item in selected:
            item.select_set(True)
        context.view_layer.objects.active = active


def _write(path: Path, form: str, *, animated: bool) -> None:
    if form == "GLB":
        bpy.ops.export_scene.gltf(
            filepath=str(path),
            export_format="GLB",
            use_selection=True,
            export_apply=False,
            export_morph=True,
            export_morph_normal=True,
            export_skins=True,
            export_animations=animated,
        )
    elif form == "FBX":
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            use_selection=True,
            object_types={"ARMATURE", "MESH"},
            use_mesh_modifiers=False,
            add_leaf_bones=False,
            mesh_smooth_type="FACE",
            bake_anim=animated,
            # Action by action, the exporter leaves out those of shape keys; as one scene it takes everything.
            bake_anim_use_nla_strips=False,
            bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
        )
    else:
        bpy.ops.wm.usd_export(
            filepath=str(path),
            selected_objects_only=True,
            export_animation=animated,
            export_shapekeys=True,
            export_armatures=True,
        )


def _read(path: Path, form: str) -> None:
    if form == "GLB":
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif form == "FBX":
        bpy.ops.import_scene.fbx(filepath=str(path))
    else:
        bpy.ops.wm.usd_import(filepath=str(path), import_shapes=True, import_skeletons=True)
