# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the backend's axes (+Y up, face to +Z) and Blender's (+Z up, face to −Y); +X is the face's left in both."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def to_blender(points: NDArray[Any]) -> NDArray[np.float32]:
    """Points (…, 3) of the backend, in Blender's axes."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1, dtype=np.float32)


def from_blender(points: NDArray[Any]) -> NDArray[np.float32]:
    """Points (…, 3) of Blender, in the backend's axes."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1, dtype=np.float32)
