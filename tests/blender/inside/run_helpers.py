# SPDX-License-Identifier: GPL-3.0-or-later
"""What several scenarios need inside Blender."""

from importlib import import_module
from types import ModuleType

import bpy
import numpy as np


def module(name: str) -> ModuleType:
    """A module of the installed extension."""
    return import_module(f"bl_ext.user_default.onesculpt.{name}")


def shown(item: bpy.types.Object) -> np.ndarray:
    """(N, 3) positions with shape keys and modifiers, as the viewport has them."""
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    flat = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", flat)
    evaluated.to_mesh_clear()
    return flat.reshape(-1, 3)


def sculpt_goblin() -> bpy.types.Object:
    """The styled copy of the pair's neutral head, with a longer nose, a heavier jaw and wider ears."""
    bpy.ops.onesculpt.start_sculpt()
    bpy.ops.object.mode_set(mode="OBJECT")
    item = bpy.context.scene.onesculpt.pair.styled
    points = shown(item)
    x, y, z = points.T
    nose = np.exp(-((x / 0.018) ** 2) - ((z + 0.035) / 0.022) ** 2) * (y < -0.02)
    jaw = np.exp(-(((z + 0.11) / 0.03) ** 2))
    ears = np.exp(-(((np.abs(x) - 0.085) / 0.02) ** 2)) * (np.abs(x) > 0.06)
    moved = points.copy()
    moved[:, 1] -= 0.03 * nose
    moved[:, 0] *= 1 + 0.15 * jaw
    moved[:, 0] += np.sign(x) * 0.03 * ears
    item.data.vertices.foreach_set("co", np.ascontiguousarray(moved, np.float32).ravel())
    item.data.update()
    return item
