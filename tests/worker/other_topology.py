# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundled pair as an artist's meshes in a topology of their own, made here so that nothing has to be at hand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import load_default
from backend.pipeline.bundled import bundled_pair


@dataclass(frozen=True, eq=False)
class OtherPair:
    """``neutral`` and ``styled`` (N, 3) in metres and the backend's axes; ``faces`` (F, 4), all triangles."""

    neutral: NDArray[np.float64]
    styled: NDArray[np.float64]
    faces: NDArray[np.int32]


def other_pair() -> OtherPair:
    """Each quad cut along its longer diagonal, the vertices in another order, and heads a little larger."""
    pair = bundled_pair()
    points, order = pair.neutral, np.random.default_rng(1).permutation(len(pair.neutral))
    quads = load_default().polygons
    a, b, c, d = quads[(quads >= 0).all(axis=1)].T
    across = np.linalg.norm(points[a] - points[c], axis=1) < np.linalg.norm(points[b] - points[d], axis=1)
    first = np.where(across[:, None], np.stack([a, b, d], 1), np.stack([a, b, c], 1))
    second = np.where(across[:, None], np.stack([b, c, d], 1), np.stack([a, c, d], 1))
    triangles = np.argsort(order)[np.concatenate([first, second])]
    faces = np.column_stack([triangles, np.full(len(triangles), -1)]).astype(np.int32)
    return OtherPair(1.02 * points[order], 1.02 * pair.styled[order], faces)
