# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a recording as actions: one for the shape keys, one for the bones."""

from collections.abc import Mapping, Sequence

import bpy
import numpy as np
from mathutils import Euler, Matrix, Quaternion
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
) -> None:
    """Animate the rig from frame ``start`` on.

    ``matches`` says which key each column moves; ``bones`` which bones follow their recorded turns.
    An action that the rig had before stays in the file.
    """
    render = context.scene.render
    frames = start + recording.times * render.fps / render.fps_base
    keys, armature = item.data.shape_keys, item.find_armature()
    curves, values = _new_curves(keys, name), smoothed(recording.values, smooth)
    for column, key in matches.items():
        path = keys.key_blocks[key].path_from_id("value")
        set_points(curves.new(path), frames, values[:, recording.columns.index(column)])
    turned = [bone for bone in bones if armature and bone in recording.rotations and bone in armature.pose.bones]
    if turned:
        curves = _new_curves(armature, name + " bones")
    for bone in turned:
        pose = armature.pose.bones[bone]
        pose.rotation_mode = "QUATERNION"
        path = pose.path_from_id("rotation_quaternion")
        for index, column in enumerate(_quaternions(pose.bone, smoothed(recording.rotations[bone], smooth)).T):
            set_points(curves.new(path, index=index), frames, column)


def _quaternions(bone: bpy.types.Bone, turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F, 4) rotations of a bone for pitch, yaw, roll (F, 3) about the face's own axes, without jumps."""
    rest = bone.matrix_local.to_3x3()
    quaternions: list[Quaternion] = []
    for pitch, yaw, roll in turns:
        turn = AXES @ Euler((pitch, yaw, roll), "ZXY").to_matrix() @ AXES.transposed()
        quaternions.append((rest.transposed() @ turn @ rest).to_quaternion())
        quaternions[-1].make_compatible(quaternions[-2 if len(quaternions) > 1 else -1])
    return np.array(quaternions)


def _new_curves(owner: bpy.types.ID, name: str) -> bpy.types.bpy_prop_collection:
    """The curves of a new action."""
    if owner.animation_data:
        owner.animation_data.action = None
    return curves_of(owner, name)
