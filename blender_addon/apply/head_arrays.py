# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads of the scene as the arrays of a request."""

from collections.abc import Sequence

import bpy
import numpy as np

from ..frame import from_blender
from ..pair import meshes


def head_arrays(scene: bpy.types.Scene, heads: Sequence[bpy.types.Object]) -> dict[str, np.ndarray]:
    """``head_0`` (N, 3) in metres with ``faces_0`` (Q, 4), and so on, as the heads' shape keys show them.

    Raises
    ------
    ValueError
        When a face has more than four corners; the text is a sentence.
    """
    unit = np.float32(scene.unit_settings.scale_length)
    arrays: dict[str, np.ndarray] = {}
    for number, item in enumerate(heads):
        arrays[f"head_{number}"] = from_blender(meshes.shown_positions(item)) * unit
        arrays[f"faces_{number}"] = meshes.padded_polygons(item.data)
    return arrays
