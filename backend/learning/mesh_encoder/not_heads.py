# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes without a face: boxes, balls, tubes, furniture and bodies without a head."""

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...mesh_encoder.labels import OTHER
from .triangulation import Triangulation

Array = NDArray[np.float64]
Faces = NDArray[np.int64]


def not_a_head(rng: np.random.Generator) -> Triangulation:
    """One or several solids, each stretched and turned, dented or smooth, of 300 vertices or more."""
    points, faces, size = [], [], 0
    for _ in range(int(rng.choice([1, 1, 1, 2, 3, 5, 9]))):
        solid, triangles = _tube(rng) if rng.random() < 0.4 else _block(rng)
        solid = solid * np.exp(rng.normal(0, 0.4, 3)) @ Rotation.random(rng=rng).as_matrix()
        if rng.random() < 0.5:
            solid = _dented(solid, rng)
        points.append(0.1 * (solid * rng.uniform(0.4, 1.2) + rng.normal(0, 1.2, 3) * (size > 0)))
        faces.append(triangles + size)
        size += len(solid)
    place = np.concatenate(points)
    count = len(place)
    return Triangulation(
        np.zeros((count, 3), np.int64),
        np.tile([1.0, 0.0, 0.0], (count, 1)),
        place,
        np.full(count, OTHER, np.uint8),
        np.concatenate(faces),
    )


def _block(rng: np.random.Generator) -> tuple[Array, Faces]:
    """A solid between a box, a ball and an octahedron: the unit ball of a norm."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in sides for t in ((a, b, c), (a, c, d))], np.int64)
    finer = igl.upsample(corners, faces, int(rng.choice([3, 4])))
    points, power = np.asarray(finer[0]), rng.choice([1.2, 2.0, 2.0, 4.0, 40.0])
    return points / np.linalg.norm(points, ord=power, axis=1, keepdims=True), np.asarray(finer[1], np.int64)


def _tube(rng: np.random.Generator) -> tuple[Array, Faces]:
    """A tube of rings of changing width: a vase, a limb, a torso, a cone."""
    around, rings = int(rng.integers(10, 40)), int(rng.integers(8, 30))
    along = np.linspace(0, 1, rings)
    knots = int(rng.integers(2, 7))
    radius = np.interp(along, np.linspace(0, 1, knots), rng.uniform(0.2, 1.0, knots))
    angle = np.arange(around) * 2 * np.pi / around
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    flat = radius[:, None, None] * circle
    height = np.broadcast_to((rng.uniform(1, 4) * (along - 0.5))[:, None, None], (rings, around, 1))
    row, column = np.mgrid[: rings - 1, :around]
    here, beside = row * around + column, row * around + (column + 1) % around
    faces = [np.stack([here, beside, here + around], -1), np.stack([beside, beside + around, here + around], -1)]
    return np.concatenate([flat, height], axis=2).reshape(-1, 3), np.concatenate(faces).reshape(-1, 3)


def _dented(points: Array, rng: np.random.Generator) -> Array:
    for _ in range(int(rng.integers(1, 8))):
        squared = ((points - points[rng.integers(len(points))]) ** 2).sum(1)
        width = rng.uniform(0.1, 0.6)
        points = points + np.exp(-squared / (2 * width**2))[:, None] * rng.normal(0, 0.6, 3) * width
    return points
