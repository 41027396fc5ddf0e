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
