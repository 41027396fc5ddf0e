# SPDX-License-Identifier: GPL-3.0-or-later
"""Joints and skin weights for ICT-FaceKit, whose light version has none."""

import numpy as np
from numpy.typing import NDArray

from ...mesh.similarity import similarity_fit
from ..carried import carry_joints, carry_values
from ..default_head import load_default
from ..skinning import motion_share
from .topology import part_range

Array = NDArray[np.float64]

JOINT_NAMES = ("neck", "head", "jaw", "eye_l", "eye_r")
JOINT_PARENTS = (-1, 0, 1, 1, 1)


def place_joints(template: Array, landmarks: Array, jaw_open: Array, eyes: tuple[Array, Array]) -> Array:
    """Joints (5, 3): the jaw where jawOpen turns the lower teeth about, neck and head as in the default head.

    Parameters
    ----------
    template, jaw_open
        (N, 3) mean head and offsets of jawOpen, metres.
    landmarks
        (68, 3) landmark points.
    eyes
        Centres (3,) of the left and the right eye.
    """
    teeth = slice(*part_range("teeth_lower"))
    motion = similarity_fit(template[teeth], (template + jaw_open)[teeth], scaled=False)
    # The axis is x: the solution nearest to x = 0.
    jaw = np.linalg.lstsq(np.eye(3) - motion.matrix, motion.shift, rcond=None)[0]
    joints = np.stack([*carry_joints(landmarks, ("neck", "head")), jaw, *eyes])
    joints[:3, 0] = 0
    return joints


def skin_weights(template: Array, jaw_open: Array, warped: Array) -> Array:
    """Weights (N, 5): the jaw's as jawOpen shows them, neck against head as in the default head.

    A vertex's share of the jaw is how much of the lower teeth's motion it makes. ``warped`` is the
    default head's skin laid over the template; see `carried.warp_default`.
    """
    head = load_default()
    assert head.skin_weights is not None  # noqa: S101 - the default head has them
    teeth = np.arange(*part_range("teeth_lower"))
    jaw = np.clip(motion_share(template, jaw_open, teeth), 0, 1)
    jaw[teeth] = 1
    for part in ("eye_l", "eye_r", "teeth_upper"):
        jaw[slice(*part_range(part))] = 0
    skin = np.arange(*part_range("face_head"))
    neck = np.zeros(len(template))
    own = head.skin_weights[:, [head.joint_names.index("neck")]].astype(np.float64)
    neck[skin] = carry_values(own, template, warped, skin)[:, 0]
    neck = np.minimum(neck, 1 - jaw)
    eyes = np.zeros((len(template), 2))
    for column, part in enumerate(("eye_l", "eye_r")):
        eyes[slice(*part_range(part)), column] = 1
    rest = np.maximum(1 - neck - jaw - eyes.sum(1), 0)
    return np.column_stack([neck, rest, jaw, eyes])
