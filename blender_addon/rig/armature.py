# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones for neck, head, jaw and eyes at this face's joints, and the weights that bind the face to them."""

import bpy
import numpy as np

from ..compat import editing
from .data import RigData

FORWARD = np.array([0.0, -1.0, 0.0], np.float32)
UP = np.array([0.0, 0.0, 1.0], np.float32)


def bone_tails(data: RigData) -> np.ndarray:
    """(J, 3) tail of each bone: towards its only child, else forward for jaw and eyes, up for the rest."""
    height = float(np.ptp(data.vertices[:, 2]))
    tails = np.empty_like(data.joints)
    for row, name in enumerate(data.joint_names):
        children = [child for child, parent in enumerate(data.joint_parents) if parent == row]
        if len(children) == 1:
            tails[row] = data.joints[children[0]]
        elif name.startswith("eye"):
            tails[row] = data.joints[row] + 0.12 * height * FORWARD
        elif name.startswith("jaw"):
            tails[row] = data.joints[row] + height * (0.3 * FORWARD - 0.2 * UP)
        else:
            tails[row] = data.joints[row] + 0.25 * height * UP
    return tails


def place_bones(context: bpy.types.Context, armature: bpy.types.Object, data: RigData) -> None:
    """Make the bones, or move those that are there to this face's joints."""
    tails = bone_tails(data)
    with editing(context, armature):
        bones = armature.data.edit_bones
        for row, name in enumerate(data.joint_names):
            bone = bones.get(name) or bones.new(name)
            bone.head, bone.tail = data.joints[row], tails[row]
            bone.roll = 0.0
            parent = data.joint_parents[row]
            bone.parent = bones[data.joint_names[parent]] if parent >= 0 else None


def bind(item: bpy.types.Object, data: RigData) -> None:
    """Give the mesh one vertex group for each bone, with its weights."""
    for name, weighted in zip(data.joint_names, data.groups, strict=True):
        old = item.vertex_groups.get(name)
        if old is not None:
            item.vertex_groups.remove(old)
        group = item.vertex_groups.new(name=name)
        for rows, weight in weighted:
            group.add(rows, weight, "REPLACE")
