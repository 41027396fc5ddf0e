# SPDX-License-Identifier: GPL-3.0-or-later
"""Drivers on shape keys as plain curves: files have none, and what a linked or corrective key does must not get lost."""

import bpy
import numpy as np

from ..compat import curves_of, set_points

STILL = 1e-6


def bake_drivers(context: bpy.types.Context, source: bpy.types.Key, target: bpy.types.Key) -> None:
    """Give ``target`` a curve for each driven key of ``source``, sampled at the scene's frames."""
    paths = {key.path_from_id("value"): key.name for key in source.key_blocks[1:]}
    drivers = source.animation_data.drivers if source.animation_data else ()
    driven = [paths[curve.data_path] for curve in drivers if curve.data_path in paths]
    driven = [name for name in driven if name in target.key_blocks]
    if not driven:
        return
    frames, values = _sampled(context, source, driven)
    for name, row in zip(driven, values.T, strict=True):
        if np.abs(row).max() > STILL:
            path = target.key_blocks[name].path_from_id("value")
            set_points(curves_of(target, target.name).new(path), frames, row)


def _sampled(context: bpy.types.Context, source: bpy.types.Key, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Frames (F,) and the values (F, K) that the keys ``names`` have in the scene."""
    scene, before = context.scene, context.scene.frame_current_final
    frames = np.arange(scene.frame_start, scene.frame_end + 1)
    values = np.empty((len(frames), len(names)))
    try:
        for row, frame in enumerate(frames):
            scene.frame_set(int(frame))
            blocks = source.evaluated_get(context.evaluated_depsgraph_get()).key_blocks
            values[row] = [blocks[name].value for name in names]
    finally:
        scene.frame_set(int(before), subframe=before % 1)
    return frames, values
