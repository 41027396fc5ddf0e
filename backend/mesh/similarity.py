# SPDX-License-Identifier: GPL-3.0-or-later
"""Best similarities and affine maps between point sets, and the sphere through one."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FLAT = 0.05  # of the largest extent
_COLLAPSED = 0.05  # determinant


@dataclass(frozen=True, eq=False)
class Similarity:
    """x ↦ scale · x · rotation + shift, for rows x; ``rotation`` (3, 3) may hold a reflection."""

    scale: float = 1.0
    rotation: Array = field(default_factory=lambda: np.eye(3))
    shift: Array = field(default_factory=lambda: np.zeros(3))

    def __call__(self, points: Array) -> Array:
        """Points (n, 3) carried along."""
        return self.scale * points @ self.rotation + self.shift

    def inverse(self, points: Array) -> Array:
        """Points (n, 3) carried back."""
        return (points - self.shift) @ self.rotation.T / self.scale

    def turned(self, offsets: NDArray[np.floating]) -> Array:
        """Offsets (…, 3) carried along, which know no shift."""
        return self.scale * np.asarray(offsets, np.float64) @ self.rotation

    @property
    def inverted(self) -> "Similarity":
        """The similarity that undoes this one."""
        back = self.rotation.T
        return Similarity(1 / self.scale, back, -self.shift @ back / self.scale)

    def then(self, second: "Similarity") -> "Similarity":
        """The similarity that does this one, then ``second``."""
        return Similarity(self.scale * second.scale, self.rotation @ second.rotation, second(self.shift))

    @property
    def matrix(self) -> Array:
        """The scaled rotation (3, 3) that multiplies columns from the left."""
        return self.scale * self.rotation.T

    @property
    def homogeneous(self) -> Array:
        """(4, 4) that multiplies columns (x, y, z, 1) from the left."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.matrix, self.shift
        return matrix

    @property
    def angle(self) -> float:
        """Angle of the rotation in degrees."""
        return float(np.degrees(np.arccos(np.clip((np.trace(self.rotation) - 1) / 2, -1, 1))))


def similarity_fit(
    source: Array, target: Array, weights: Array | None = None, *, scaled: bool = True, reflect: bool = False
) -> Similarity:
    """The similarity that takes points (n, 3) to their counterparts (n, 3) with least squares.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    PAMI 1991, with weights.

    Parameters
    ----------
    source, target
        The points.
    weights
        (n,) not negative; None counts all alike.
    scaled
        False for a rigid motion.
    reflect
        Whether a mirror image may come out.
    """
    weights = np.full(len(source), 1.0 / len(source)) if weights is None else weights / weights.sum()
    centre, aim = weights @ source, weights @ target
    start, end = source - centre, target - aim
    left, singular, right = np.linalg.svd((start * weights[:, None]).T @ end)
    signs = np.ones(3)
    if not reflect and np.linalg.det(left @ right) < 0:
        signs[2] = -1.0
    rotation = (left * signs) @ right
    spread = weights @ (start**2).sum(axis=1)
    scale = float((singular * signs).sum() / spread) if scaled and spread > 0 else 1.0
    return Similarity(scale, rotation, aim - scale * centre @ rotation)


def affine_fit(source: Array, target: Array) -> Array:
    """The linear map (3, 3) that best takes a point set (P, 3), about its mean, to another.

    Falls back to the nearest similarity where the points are too flat to carry an affine map.
    """
    start, end = source - source.mean(0), target - target.mean(0)
    left, singular, right = np.linalg.svd(start, full_matrices=False)
    if singular[2] > _FLAT * singular[0]:
        matrix = ((right.T @ (left / singular).T) @ end).T
        if np.linalg.det(matrix) > _COLLAPSED:
            return matrix
    return similarity_fit(start, end).matrix


def sphere_centre(points: Array) -> Array:
    """Centre (3,) of the least-squares sphere through points (n, 3): |p|² = 2 p·c + k is linear."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    return np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0][:3]
