# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m backend.pipeline.warm_up`` compiles every kernel once, so that no first job has to wait for it."""

import numpy as np

from ..rendering import warm_up as warm_up_rendering
from ..surface.polar import nearest_rotations


def warm_up() -> None:
    """Compile the kernels of pictures, training views and polar decompositions into numba's cache."""
    nearest_rotations(np.eye(3)[None])
    warm_up_rendering()


if __name__ == "__main__":
    warm_up()
