# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a rig with Blender's own exporters, and reads the file back to see that nothing was lost."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import bpy
import numpy as np

from ..pair.scene import selection_kept
from .compare import Keys, differences
from .copies import export_copy, object_keys


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
    UserError
        When modifiers and shape keys can't both survive.
    RuntimeError
        When Blender's exporter fails.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with export_copy(context, item, names, animated=animated) as out:
            FORMATS[form][1](temporary, animated=animated)
        found = differences(out, read_keys(context, temporary, form))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return found


def read_keys(context: bpy.types.Context, path: Path, form: str) -> Keys:
    """The keys that a file holds, read by Blender's own importer; the scene is left as it was."""
    kinds = ("objects", "meshes", "armatures", "materials", "actions", "collections", "images", "texts")
    before = {kind: set(getattr(bpy.data, kind)) for kind in kinds}
    scene, read = context.scene, FORMATS[form][2]
    frames = (scene.frame_start, scene.frame_end, scene.frame_current)
    rate = (scene.render.fps, scene.render.fps_base)
    with selection_kept(context):
        try:
            read(filepath=str(path))
            context.view_layer.update()
            new = set(bpy.data.objects) - before["objects"]
            faces = (item for item in new if item.type == "MESH" and item.data.shape_keys)
            return next(map(object_keys, faces), Keys(np.empty((0, 3)), {}))
        finally:
            for kind in kinds:
                bpy.data.batch_remove(set(getattr(bpy.data, kind)) - before[kind])
            scene.frame_start, scene.frame_end, scene.frame_current = frames
            scene.render.fps, scene.render.fps_base = rate


def _write_glb(path: Path, *, animated: bool) -> None:
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


def _write_fbx(path: Path, *, animated: bool) -> None:
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


def _write_usd(path: Path, *, animated: bool) -> None:
    bpy.ops.wm.usd_export(
        filepath=str(path),
        selected_objects_only=True,
        export_animation=animated,
        export_shapekeys=True,
        export_armatures=True,
    )


FORMATS = {
    "GLB": (".glb", _write_glb, bpy.ops.import_scene.gltf),
    "FBX": (".fbx", _write_fbx, bpy.ops.import_scene.fbx),
    "USD": (".usdc", _write_usd, partial(bpy.ops.wm.usd_import, import_shapes=True, import_skeletons=True)),
}
"""What a file's name ends in, and what writes and reads it."""
