# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m backend.pipeline.warm_up`` compiles every kernel once, so that no first job has to wait for it."""

import numpy as np

from ..rendering import warm_up as warm_up_rendering
from ..surface.block_cholesky import add_lower
from ..surface.contact.crossings import contour_gradient, crossing_pairs
from ..surface.polar import nearest_rotations


def warm_up() -> None:
    """Compile the kernels of pictures, training views, polar decompositions, factors and crossings into numba's cache."""
    nearest_rotations(np.eye(3)[None])
    add_lower(np.zeros((2, 1)), np.zeros((1, 1)), np.eye(1), np.zeros(1, dtype=np.int64))
    triangles = np.arange(6, dtype=np.int64).reshape(2, 3)
    points = np.array([[-1, -1, 0], [3, -1, 0], [-1, 3, 0], [0, 0, -1], [0, 0, 1], [1, 1, 1]], dtype=np.float64)
    contour_gradient(points, triangles, crossing_pairs(points, triangles, np.ones(2, dtype=bool)))
    warm_up_rendering()


if __name__ == "__main__":
    warm_up()
