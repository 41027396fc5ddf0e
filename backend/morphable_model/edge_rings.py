# SPDX-License-Identifier: GPL-3.0-or-later
"""Rings of vertices around an opening, counted in edges from its rim."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def rings_around(
    rim: NDArray[np.integer], adjacency: sparse.csr_matrix, within: NDArray[np.bool_], count: int
) -> NDArray[np.int64]:
    """(N,) number of edges from the rim, up to ``count``; -1 farther away and outside ``within``.

    Parameters
    ----------
    rim
        Vertices at distance 0.
    adjacency
        (N, N) pattern of edges.
    within
        (N,) bool, the surface that the rings may cover.
    """
    ring = np.full(len(within), -1, dtype=np.int64)
    ring[rim] = 0
    reached = np.zeros(len(within), dtype=bool)
    reached[rim] = True
    for distance in range(1, count + 1):
        fresh = (adjacency @ reached.astype(np.float64) > 0) & ~reached & within
        ring[fresh] = distance
        reached |= fresh
    return ring


def open_rim(polygons: NDArray[np.int32]) -> NDArray[np.int64]:
    """Sorted vertices of edges that only one polygon (Q, 4) has."""
    following = np.where(polygons[:, [1, 2, 3, 0]] < 0, polygons[:, :1], polygons[:, [1, 2, 3, 0]])
    edges = np.stack([polygons.ravel(), following.ravel()], axis=1).astype(np.int64)
    edges = np.sort(edges[(edges >= 0).all(1) & (edges[:, 0] != edges[:, 1])], axis=1)
    unique, uses = np.unique(edges, axis=0, return_counts=True)
    return np.unique(unique[uses == 1])
