# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the joints of a face are, given only its surface."""

import numpy as np
from numpy.typing import NDArray

from ..mesh.similarity import affine_fit
from ..morphable_model import MorphableModel
from .template import TemplateSurface

Array = NDArray[np.float64]

_REACH = 1.6  # in distances to the nearest skin


class JointPlacement:
    """Carries the template's joints to other faces by the skin around them.

    An eye joint keeps its place in its eyeball. Any other joint keeps its place in the affine frame
    of the skin around it; ears are left out, since sculpts pull them far without moving the jaw.
    """

    def __init__(self, model: MorphableModel, surface: TemplateSurface) -> None:
        joints = model.joints if model.joints is not None else np.zeros((0, 3))
        self._joints = joints.astype(np.float64)
        self._template = surface.vertices
        self._eyes = {
            row: model.part_vertices(name).astype(np.intp)
            for row, name in enumerate(model.joint_names)
            if name.startswith("eye_") and name in model.part_names
        }
        outer = surface.vertex_part[surface.skin] == "face_head"
        skin = surface.skin[outer | (surface.vertex_part[surface.skin] == "neck")]
        ears = [mask for name, mask in model.regions.items() if name.startswith("ear")]
        self._skin = skin[~np.any([mask[skin] for mask in ears], axis=0)] if ears else skin
        self._weights = np.stack([self._around(joint, surface.masses) for joint in self._joints])

    def _around(self, joint: Array, masses: Array) -> Array:
        distance = np.linalg.norm(self._template[self._skin] - joint, axis=1)
        weights = masses[self._skin] * np.exp(-((distance / (_REACH * distance.min())) ** 2))
        return weights / weights.sum()

    def __call__(self, face: Array) -> Array:
        """Joint positions (J, 3) of a face (N, 3), metres."""
        placed = np.empty_like(self._joints)
        for row, joint in enumerate(self._joints):
            if row in self._eyes:
                rest, ball = self._template[self._eyes[row]], face[self._eyes[row]]
                placed[row] = ball.mean(0) + affine_fit(rest, ball) @ (joint - rest.mean(0))
                continue
            weights = self._weights[row]
            start, end = weights @ self._template[self._skin], weights @ face[self._skin]
            source = (self._template[self._skin] - start) * weights[:, None]
            frame = np.linalg.solve(
                source.T @ (self._template[self._skin] - start), source.T @ (face[self._skin] - end)
            )
            placed[row] = end + (joint - start) @ frame
        return placed
