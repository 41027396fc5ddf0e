# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes and cameras that the renderer's tests share."""

from functools import cache

import numpy as np
import torch
import trimesh
from numpy.typing import ArrayLike, NDArray

from backend.learning.rendering.view import View
from backend.rendering.camera import Camera

Scene = tuple[NDArray[np.float64], NDArray[np.int32], list[View]]


@cache
def sphere(subdivisions: int = 4) -> Scene:
    """A ball of 10 cm seen from two sides, as large as a head."""
    ball = trimesh.creation.icosphere(subdivisions)
    views = [
        View(Camera.look_at([0.1, 0.15, 0.6], [0, 0, 0], fov=25)),
        View(Camera.look_at([-0.4, -0.15, 0.3], [0, 0, 0], fov=35)),
    ]
    return np.array(ball.vertices) * 0.1, np.array(ball.faces, dtype=np.int32), views


@cache
def head() -> Scene:
    """The default head's skin from the front and from one side."""
    from backend.morphable_model import load_default

    model = load_default()
    part = [model.part_names[i] for i in model.triangle_part]
    skin = np.isin(part, ["face_head", "neck"])
    views = [
        View(Camera.look_at([0.0, 0.0, 0.7], [0, -0.04, -0.05], fov=32)),
        View(Camera.look_at([-0.5, 0.1, 0.4], [0, -0.04, -0.05], fov=32)),
    ]
    return model.template.astype(np.float64), model.triangles[skin].astype(np.int32), views


def projected(camera: Camera, points: ArrayLike, size: int) -> NDArray[np.float64]:
    """Pixel coordinates (..., 2) of world points (..., 3) in a square picture: x to the right, y down.

    The centre of the pixel in row i, column j is (j + 0.5, i + 0.5).
    """
    local = camera.to_camera(points)
    plane = local[..., :2] / -local[..., 2:]
    return plane * [1.0, -1.0] * camera.focal(size) + 0.5 * size


def batch(scene: Scene) -> tuple[torch.Tensor, torch.Tensor, list[View]]:
    """Vertices (1, N, 3) float64, triangles (M, 3), views."""
    vertices, triangles, views = scene
    return torch.from_numpy(vertices)[None], torch.from_numpy(triangles), views
