# SPDX-License-Identifier: GPL-3.0-or-later
"""The head's joints and skin weights, collapsed from MakeHuman's 163-bone rig."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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


def _joint_of(bone: str, bones: dict) -> str:
    while bone and bone not in _BONE_TO_JOINT:
        bone = bones[bone]["parent"] if bone in bones else ""
    return _BONE_TO_JOINT.get(bone, "neck")
