# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m backend.pipeline.warm_up`` compiles every kernel once, so that no first job has to wait for it."""

import numpy as np
from scipy import sparse

from ..rendering.compilation import warm_up as warm_up_rendering
from ..surface.block_cholesky import add_lower
from ..surface.contact.conditions import condition_forces
from ..surface.contact.crossing_line import contour_gradient
from ..surface.contact.crossings import crossing_pairs
from ..surface.contact.eyeball import Eyeball
from ..surface.contact.rows import ContactRows
from ..surface.facing import pressed
from ..surface.polar import nearest_rotations
from ..surface.symmetric_factor import SymmetricFactor
from ..surface.triangles_in_mixes import widen
from ..surface.unfolding import Unfolding


def warm_up() -> None:
    """Compile the kernels of pictures, training views, styled rigs and bindings into numba's cache."""
    nearest_rotations(np.eye(3)[None])
    add_lower(np.zeros((2, 1)), np.zeros((1, 1)), np.eye(1), np.zeros(1, dtype=np.int64))
    triangles = np.arange(6, dtype=np.int64).reshape(2, 3)
    points = np.array([[-1, -1, 0], [3, -1, 0], [-1, 3, 0], [0, 0, -1], [0, 0, 1], [1, 1, 1]], dtype=np.float64)
    contour_gradient(points, triangles, crossing_pairs(points, triangles, np.ones(2, dtype=bool)))
    Unfolding(triangles.astype(np.int32), points, points, points, np.ones(6, dtype=bool))(points)
    tetrahedron = np.array([[0, 1, 2], [0, 3, 1], [1, 3, 2], [2, 3, 0]])
    Eyeball(np.arange(4), tetrahedron).surface(points).gauge(points)
    keys, local = np.zeros((6, 2, 3)), np.zeros((2, 3, 2))
    pressed(triangles, points, keys)
    widen(triangles, local, points, points, keys, keys, np.ones((6, 2)), np.eye(2))
    SymmetricFactor(sparse.csc_matrix(np.eye(6))).solve(points)
    rows = ContactRows.halfway(np.arange(4).reshape(2, 2), np.eye(3)[:2], np.ones(2), 1.0)
    condition_forces(rows, np.eye(4), rows.vertices)
    warm_up_rendering()


if __name__ == "__main__":
    warm_up()
