# SPDX-License-Identifier: GPL-3.0-or-later
"""The head's joints and skin weights, collapsed from MakeHuman's 163-bone rig."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..morphable_model.skinning import motion_share
from .base_mesh import JOINT_CUBES, HeadTopology

JOINT_NAMES = tuple(JOINT_CUBES)
JOINT_PARENTS = (-1, 0, 1, 1, 1)
JOINT_MIRROR = (0, 1, 2, 4, 3)
_BONE_TO_JOINT = {"head": "head", "jaw": "jaw", "eye.L": "eye_l", "eye.R": "eye_r"}


def skin_weights(source: Path, topology: HeadTopology, base_vertex_count: int) -> NDArray[np.float64]:
    """Weights (N, 5) on ``JOINT_NAMES``; rows sum to one and are exactly symmetric.

    A bone counts for the nearest ancestor that is a joint of ours; spine, shoulders and neck
    bones count for the neck, which is the root.
    """
    folder = source / "mpfb2/rigs/standard"
    rig = json.loads((folder / "rig.default.json").read_text())
    bones = rig.get("bones", rig)
    weights = np.zeros((base_vertex_count, len(JOINT_NAMES)))
    for bone, entries in json.loads((folder / "weights.default.json").read_text())["weights"].items():
        if entries:
            rows, values = np.array(entries).T
            np.add.at(weights[:, JOINT_NAMES.index(_joint_of(bone, bones))], rows.astype(int), values)
    head = weights[topology.source_vertex]
    swapped = head[topology.mirror][:, JOINT_MIRROR]
    head = head + swapped
    return head / head.sum(1, keepdims=True)


def follow_jaw_open(
    weights: NDArray[np.float64], template: NDArray[np.float64], jaw_open: NDArray[np.float64], topology: HeadTopology
) -> NDArray[np.float64]:
    """Replace the jaw's weights (N, 5) on skin and mouth lining by those that the expression jawOpen shows.

    The published weights leave nearly all of the mouth lining to the head, so that the floor of
    the mouth stays up and covers the lower teeth when the jaw turns, and give the chin only 0.85.
    The lower teeth move rigidly in jawOpen; a vertex's weight is how much of that motion it makes.
    """
    teeth = topology.part_vertices("teeth_lower")
    share = np.clip((motion_share(template, jaw_open, teeth) - 0.02) / 0.96, 0, 1)
    rows = topology.part_vertices("face_head", "neck", "mouth_cavity")
    jaw = JOINT_NAMES.index("jaw")
    followed = weights.copy()
    followed[rows, jaw] = 0
    rest = np.maximum(followed[rows].sum(1, keepdims=True), 1e-9)
    followed[rows] *= (1 - share[rows, None]) / rest
    followed[rows, jaw] = share[rows]
    lone = followed.sum(1) < 0.999  # the published weights gave these to the jaw alone
    followed[lone, JOINT_NAMES.index("head")] += 1 - followed[lone].sum(1)
    return followed


def _joint_of(bone: str, bones: dict[str, Any]) -> str:
    while bone and bone not in _BONE_TO_JOINT:
        bone = bones[bone]["parent"] if bone in bones else ""
    return _BONE_TO_JOINT.get(bone, "neck")
