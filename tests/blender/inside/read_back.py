# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an exported file with Blender's own importer, and compares it with the rig that it was made from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils.kdtree import KDTree

NEAR = 2e-5
"""Metres within which a vertex of the file can be one of the rig's."""


def _world(item: bpy.types.Object) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Positions (N, 3), offsets of the sliders (N, K, 3) in world space, and their names in alphabetical order.

    Corrective keys go out only when they are asked for, and are no sliders.
    """
    blocks = item.data.shape_keys.key_blocks
    matrix = np.array(item.matrix_world)
    names = sorted(block.name for block in blocks[1:] if not block.name.startswith("corrective_"))

    def points(block: bpy.types.ShapeKey) -> np.ndarray:
        flat = np.empty(3 * len(block.data), np.float32)
        block.data.foreach_get("co", flat)
        return flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]

    rest = points(blocks[0])
    return rest, np.stack([points(blocks[name]) - rest for name in names], axis=1), names


def _values(item: bpy.types.Object, names: Sequence[str], frames: Sequence[int]) -> np.ndarray:
    """The sliders' values (frames, keys) as the animation has them."""
    rows = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        blocks = item.data.shape_keys.key_blocks
        rows.append([blocks[name].value for name in names])
    return np.array(rows)


def compare(item: bpy.types.Object, path: Path, frames: Sequence[int]) -> dict[str, Any]:
    """Import a file beside the rig ``item``; what differs, in metres and in slider values."""
    rest, offsets, names = _world(item)
    moving = _values(item, names, frames)
    before = set(bpy.data.objects)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path))
    else:
        bpy.ops.wm.usd_import(filepath=str(path))
    bpy.context.view_layer.update()
    new = set(bpy.data.objects) - before
    [mesh] = [found for found in new if found.type == "MESH" and found.data.shape_keys]
    bones = [bone.name for found in new if found.type == "ARMATURE" for bone in found.data.bones]
    back, back_offsets, back_names = _world(mesh)
    every = sorted(block.name for block in mesh.data.shape_keys.key_blocks[1:])
    facts: dict[str, Any] = {"keys": every, "bones": sorted(bones), "bytes": path.stat().st_size}
    if back_names == names:
        tree = KDTree(len(rest))
        for row, point in enumerate(rest):
            tree.insert(point, row)
        tree.balance()
        found = [[row for _, row, _ in tree.find_range(point, NEAR)] for point in back]
        facts["strange"] = sum(not rows for rows in found)
        facts["lost"] = len(rest) - len({row for rows in found for row in rows})
        # Exporters split vertices at UV seams, and several vertices can lie on one spot: the best fitting counts.
        facts["worst"] = max(
            (
                float(np.abs(offsets[rows] - own).max(axis=(1, 2)).min())
                for rows, own in zip(found, back_offsets, strict=True)
                if rows
            ),
            default=1.0,
        )
        # Formats count frames from 0 or from 1.
        shifted = [_values(mesh, names, [frame + shift for frame in frames]) for shift in (-1, 0, 1)]
        facts["motion"] = min(float(np.abs(values - moving).max()) for values in shifted)
    bpy.data.batch_remove(new)
    return facts
