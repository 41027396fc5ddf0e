# SPDX-License-Identifier: GPL-3.0-or-later
"""Points all over a triangulated surface: at random, and on its regular subdivisions."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def random_points(
    rng: np.random.Generator, triangles: NDArray[np.int32], areas: Array, count: int
) -> tuple[NDArray[np.int32], Array]:
    """Random surface points as corners (count, 3) and barycentric weights (count, 3).

    Half of the triangles are drawn by area and half uniformly, so that the small triangles of lids
    and lips are seen often. Barycentric weights after Osada et al., "Shape distributions", ACM TOG
    21(4), 2002.
    """
    by_area = rng.choice(len(triangles), count // 2, p=areas / areas.sum())
    uniform = rng.integers(len(triangles), size=count - count // 2)
    root, second = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - root, root * (1 - second), root * second], axis=1)
    return triangles[np.concatenate([by_area, uniform])], weights


def subdivision_points(triangles: NDArray[np.int32], times: int) -> tuple[NDArray[np.int32], Array]:
    """Every vertex of the surface subdivided ``times`` times at edge midpoints, per triangle.

    Returns corners (P, 3) and barycentric weights (P, 3); points on shared edges appear once for
    each triangle.
    """
    steps = 2**times
    grid = [(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]
    weights = np.array(grid, dtype=np.float64) / steps
    return np.repeat(triangles, len(weights), axis=0), np.tile(weights, (len(triangles), 1))
