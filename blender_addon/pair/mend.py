# SPDX-License-Identifier: GPL-3.0-or-later
"""Mends a finding on a copy, which takes the original's place in the pair; the original is only hidden."""

import bpy
import numpy as np
from mathutils import Matrix

from . import meshes
from .check import check_scene
from .checks import LARGEST_HEAD, SMALLEST_HEAD, STYLED, unit_factor
from .head import bare_copy


def mend(context: bpy.types.Context, subject: str) -> bpy.types.Object:
    """Bake modifiers, shape keys, rotation, scale and unit of one half of the pair into a copy."""
    pair = context.scene.onesculpt.pair
    name = "styled" if subject == STYLED else "neutral"
    original = getattr(pair, name)
    points = _baked_positions(context, original)
    copy = bare_copy(context, original, original.name + " mended")
    transform = np.array(original.matrix_world)
    points = points @ transform[:3, :3].T
    height = float(np.ptp(points, axis=0).max()) * context.scene.unit_settings.scale_length
    if not SMALLEST_HEAD <= height <= LARGEST_HEAD:
        points = points * (unit_factor(height) or 1.0)
    copy.parent = None
    copy.matrix_world = Matrix.Translation(original.matrix_world.translation)
    meshes.set_positions(copy.data, points)
    original.hide_set(True)
    setattr(pair, name, copy)
    check_scene(context)
    return copy


def _baked_positions(context: bpy.types.Context, item: bpy.types.Object) -> np.ndarray:
    """Positions with modifiers where those keep the vertices, else without."""
    points = meshes.evaluated_positions(item.evaluated_get(context.evaluated_depsgraph_get()))
    return points if len(points) == len(item.data.vertices) else meshes.shown_positions(item)
