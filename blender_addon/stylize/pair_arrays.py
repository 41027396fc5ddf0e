# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene's pair as the arrays of a request."""

import bpy
import numpy as np

from ..frame import from_blender
from ..pair import meshes


def pair_arrays(scene: bpy.types.Scene) -> dict[str, np.ndarray]:
    """``neutral`` and ``styled`` (N, 3) in metres in the backend's axes, with ``faces`` (Q, 4).

    Raises
    ------
    UserError
        When a face has more than four corners.
    """
    pair, unit = scene.onesculpt.pair, scene.unit_settings.scale_length
    return {
        "neutral": from_blender(meshes.shown_positions(pair.neutral)) * np.float32(unit),
        "styled": from_blender(meshes.shown_positions(pair.styled)) * np.float32(unit),
        "faces": meshes.padded_polygons(pair.neutral.data),
    }
