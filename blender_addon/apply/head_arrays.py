# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads of the scene as the arrays of a request."""

from collections.abc import Mapping

import bpy
import numpy as np

from ..frame import from_blender
from ..pair import meshes


def head_arrays(scene: bpy.types.Scene, heads: Mapping[int, bpy.types.Object]) -> dict[str, np.ndarray]:
    """``head_N`` (N, 3) in metres with ``faces_N`` (Q, 4) by number, as the heads' shape keys show them.

    Raises
    ------
    UserError
        When a face has more than four corners.
    """
    unit = np.float32(scene.unit_settings.scale_length)
    arrays: dict[str, np.ndarray] = {}
    for number, item in heads.items():
        arrays[f"head_{number}"] = from_blender(meshes.shown_positions(item)) * unit
        arrays[f"faces_{number}"] = meshes.padded_polygons(item.data)
    return arrays
