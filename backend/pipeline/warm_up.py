# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m backend.pipeline.warm_up`` compiles every kernel once, so that no first job has to wait for it."""

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..constraints.conditions import condition_forces
from ..constraints.rows import ContactRows
from ..constraints.triangles_in_mixes import widen
from ..constraints.unfolding import Unfolding
from ..head.eyeball import Eyeball
from ..mesh.block_cholesky import add_lower
from ..mesh.crossing_line import contour_gradient
from ..mesh.crossings import crossing_pairs
from ..mesh.facing import pressed
from ..mesh.polar import nearest_rotations
from ..mesh.symmetric_factor import SymmetricFactor
from ..rendering.camera import Camera, portrait_camera
from ..rendering.materials import Materials
from ..rendering.picture import render_image

Array = NDArray[np.float64]


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
    vertices = np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1.0]]) * 0.1
    camera = portrait_camera(vertices)
    half_clear = Materials(np.full((4, 3), 0.5), np.zeros(4), None, np.array([1, 1, 1, 0.5]))
    render_image(vertices, tetrahedron.astype(np.int32), camera, 8, half_clear)
    _warm_up_training_renderer(vertices, tetrahedron, camera)


def _warm_up_training_renderer(vertices: Array, triangles: NDArray[np.int64], camera: Camera) -> None:
    if find_spec("torch") is None:
        return
    import torch

    from ..learning.rendering.renderer import get_renderer
    from ..learning.rendering.view import View

    x = torch.from_numpy(vertices)[None].requires_grad_()
    get_renderer().render(x, torch.from_numpy(triangles.astype(np.int32)), [View(camera)], 8).sum().backward()


if __name__ == "__main__":
    warm_up()
