# SPDX-License-Identifier: GPL-3.0-or-later
"""Random latent codes over the whole range that animation uses."""

import numpy as np
from numpy.typing import NDArray

from ..morphable_model import MorphableModel

Array = NDArray[np.float64]

# Half ranges about the axes x, y, z in degrees, with the centre of the x range first.
_TURNS = {"jaw": (12.0, (16.0, 10.0, 3.0)), "eye_l": (0.0, (30.0, 35.0, 0.0)), "eye_r": (0.0, (30.0, 35.0, 0.0))}


def turning_joints(model: MorphableModel) -> tuple[str, ...]:
    """Joints of the model whose rotations belong to the code: jaw and eyes, where there are any."""
    return tuple(name for name in model.joint_names if name in _TURNS)


def sample_expressions(rng: np.random.Generator, count: int, expressions: int, limit: float = 1.0) -> Array:
    """(count, E) slider values: a quarter one slider at its limit, the rest mixes of on average 1.5 to 12 sliders."""
    active = rng.random((count, expressions)) < rng.uniform(1.5, 12.0, (count, 1)) / max(expressions, 1)
    values = rng.beta(1.2, 0.9, (count, expressions)) * limit
    values = np.where(active, values, 0.0)
    single = rng.random(count) < 0.25
    one_hot = np.eye(expressions)[rng.integers(expressions, size=count)] * limit
    return np.where(single[:, None], one_hot, values)


def sample_rotations(rng: np.random.Generator, count: int, joints: tuple[str, ...]) -> Array:
    """(count, len(joints), 3) axis-angle vectors in radians; a third of the codes turn nothing."""
    turns = np.zeros((count, len(joints), 3))
    for column, name in enumerate(joints):
        centre, half = _TURNS[name]
        angles = rng.uniform(-1, 1, (count, 3)) * half
        angles[:, 0] += centre * rng.random(count)
        turns[:, column] = np.radians(angles) * (rng.random(count) < 0.8)[:, None]
    return turns * (rng.random(count) > 1 / 3)[:, None, None]
