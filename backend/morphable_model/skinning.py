# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear blend skinning of points about a tree of joints."""

import numpy as np
from numpy.typing import NDArray

from ..mesh.similarity import similarity_fit


def rotation_matrices(axis_angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotations (..., 3, 3) of axis-angle vectors (..., 3), by Rodrigues' formula, exact at zero."""
    angle = np.linalg.norm(axis_angle, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(axis_angle, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*x.shape, 3, 3)
    # sin(a)/a and (1 - cos a)/a² through sinc, which is exact where a = 0.
    first = np.sinc(angle / np.pi)
    second = np.sinc(angle / (2 * np.pi)) ** 2 / 2
    return np.eye(3) + first * cross + second * (cross @ cross)


def motion_share(
    points: NDArray[np.float64], offsets: NDArray[np.float64], rows: NDArray[np.integer]
) -> NDArray[np.float64]:
    """How much (N,) of the rigid motion that the vertices ``rows`` make in ``offsets`` (N, 3) each vertex makes."""
    rigid = similarity_fit(points[rows], (points + offsets)[rows], scaled=False)(points) - points
    # The small constant keeps the quotient calm where the rigid motion has its centre.
    return (offsets * rigid).sum(1) / ((rigid**2).sum(1) + 0.006**2)


def linear_blend_skinning(
    vertices: NDArray[np.float64],
    joints: NDArray[np.float64],
    parents: NDArray[np.int32],
    skin_weights: NDArray[np.float32],
    joint_rotations: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Posed vertices (..., N, 3).

    Parameters
    ----------
    vertices, joints
        (..., N, 3) and (..., J, 3) at rest.
    parents
        (J,) parent of each joint, -1 at a root; parents come before their children.
    skin_weights
        (N, J), rows sum to one.
    joint_rotations
        (..., J, 3) axis-angle vectors in radians, relative to the parent.
    """
    local = rotation_matrices(joint_rotations)
    turns: list[NDArray[np.float64]] = []
    shifts: list[NDArray[np.float64]] = []
    for joint, parent in enumerate(parents):
        rest = joints[..., joint, :]
        if parent < 0:
            turn, anchor = local[..., joint, :, :], rest
        else:
            turn = turns[parent] @ local[..., joint, :, :]
            anchor = (turns[parent] @ rest[..., None])[..., 0] + shifts[parent]
        turns.append(turn)
        shifts.append(anchor - (turn @ rest[..., None])[..., 0])
    posed = 0.0
    for weights, turn, shift in zip(skin_weights.T.astype(np.float64), turns, shifts, strict=True):
        posed = posed + weights[:, None] * (vertices @ np.swapaxes(turn, -1, -2) + shift[..., None, :])
    return np.asarray(posed)
