# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a recording as actions: one for the shape keys, one for the bones."""

from collections.abc import Mapping, Sequence

import bpy
import numpy as np
from mathutils import Euler, Matrix
from numpy.typing import NDArray

from ..compat import curves_of, set_points
from .recording import Recording, smoothed

# Axes of a recording (x to the face's left, y up, z forward) in Blender's.
AXES = Matrix(((1, 0, 0), (0, 0, -1), (0, 1, 0)))


def write_actions(
    context: bpy.types.Context,
    item: bpy.types.Object,
    recording: Recording,
    matches: Mapping[str, str],
    name: str,
    *,
    start: float,
    smooth: int,
    bones: Sequence[str],
) -> int:
    """Animate the rig from frame ``start`` on; gives the number of curves.

    ``matches`` says which key each column moves; ``bones`` which bones follow their recorded turns.
    An action that the rig had before stays in the file.
    """
    render = context.scene.render
    frames = start + recording.times * render.fps / render.fps_base
    keys = item.data.shape_keys
    _let_go(keys)
    curves = curves_of(keys, name)
    values = smoothed(recording.values, smooth)
    for column, key in matches.items():
        path = keys.key_blocks[key].path_from_id("value")
        _write(curves, path, 0, frames, values[:, recording.columns.index(column)])
    count = len(matches)
    armature = item.find_armature()
    turned = [
        bone for bone in bones if armature and bone in recording.rotations and bone in armature.pose.bones
    ]
    if turned:
        _let_go(armature)
        curves = curves_of(armature, name + " bones")
        for bone in turned:
            count += _turn(curves, armature, bone, frames, smoothed(recording.rotations[bone], smooth))
    return count


def _turn(
    curves: bpy.types.bpy_prop_collection,
    armature: bpy.types.Object,
    bone: str,
    frames: NDArray[np.float64],
    turns: NDArray[np.float64],
) -> int:
    """Quaternion curves of one bone from pitch, yaw, roll (F, 3) about the face's own axes."""
    pose = armature.pose.bones[bone]
    pose.rotation_mode = "QUATERNION"
    rest = armature.data.bones[bone].matrix_local.to_3x3()
    quaternions = np.empty((len(turns), 4))
    before = None
    for row, (pitch, yaw, roll) in enumerate(turns):
        turn = AXES @ Euler((pitch, yaw, roll), "ZXY").to_matrix() @ AXES.transposed()
        quaternion = (rest.transposed() @ turn @ rest).to_quaternion()
        if before is not None:
            quaternion.make_compatible(before)
        quaternions[row] = quaternion
        before = quaternion
    path = pose.path_from_id("rotation_quaternion")
    for index in range(4):
        _write(curves, path, index, frames, quaternions[:, index])
    return 4


def _let_go(owner: bpy.types.ID) -> None:
    if owner.animation_data:
        owner.animation_data.action = None


def _write(
    curves: bpy.types.bpy_prop_collection,
    path: str,
    index: int,
    frames: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    set_points(curves.new(path, index=index), frames, values)
