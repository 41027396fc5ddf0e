# SPDX-License-Identifier: GPL-3.0-or-later
"""Best affine maps and similarities between point sets."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class AffineFit:
    """Least-squares linear maps (3, 3) from one centred point set (P, 3) to others, prepared once.

    Falls back to the nearest similarity where the points are too flat to carry an affine map.
    """

    def __init__(self, source: Array) -> None:
        self.centroid = source.mean(0)
        self._source = source - self.centroid
        left, singular, right = np.linalg.svd(self._source, full_matrices=False)
        self._inverse: Array | None = None
        if singular[2] > 0.05 * singular[0]:
            self._inverse = right.T @ (left / singular).T

    def __call__(self, target: Array) -> Array:
        """The map (3, 3) to a point set (P, 3)."""
        target = target - target.mean(0)
        if self._inverse is not None:
            matrix = (self._inverse @ target).T
            if np.linalg.det(matrix) > 0.05:
                return matrix
        return similarity_fit(self._source, target)


def affine_fit(source: Array, target: Array) -> Array:
    """`AffineFit` between two point sets, rows of (P, 3)."""
    return AffineFit(source)(target)


def similarity_fit(source: Array, target: Array, centred: bool = False) -> Array:
    """Scaled rotation (3, 3) that best maps ``source`` to ``target``, rows of (P, 3) about their centroids.

    Kabsch–Umeyama (Umeyama, IEEE PAMI 13(4), 1991). ``centred`` says that both are centred already,
    as weighted point sets are about their weighted means.
    """
    if not centred:
        source = source - source.mean(0)
        target = target - target.mean(0)
    left, singular, right = np.linalg.svd(target.T @ source)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    scale = (singular * sign).sum() / max((source**2).sum(), 1e-18)
    return scale * (left * sign) @ right
