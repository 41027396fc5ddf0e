# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vertices of a surface touch in a pose: eyelids in a blink, lips in a closed mouth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

TOUCHING = 0.002  # m; skin nearer than this in a blink touches
_APART = 0.004  # m


@dataclass(frozen=True, eq=False)
class ContactPairs:
    """K pairs of vertices that touch in one pose.

    Attributes
    ----------
    first, second
        (K,) vertex indices.
    offsets
        (K, 3) first − second in the touching pose, metres.
    """

    first: Indices
    second: Indices
    offsets: Array

    def __len__(self) -> int:
        return len(self.first)

    def where(self, keep: NDArray[np.bool_]) -> "ContactPairs":
        """The pairs that a (K,) mask keeps."""
        return ContactPairs(self.first[keep], self.second[keep], self.offsets[keep])

    def nearest(self) -> NDArray[np.bool_]:
        """(K,) mask of the pairs in which one vertex is the other's nearest partner in the touching pose."""
        distance = np.linalg.norm(self.offsets, axis=1)
        best = np.full(max(self.first.max(initial=0), self.second.max(initial=0)) + 1, np.inf)
        np.minimum.at(best, self.first, distance)
        np.minimum.at(best, self.second, distance)
        return (distance <= best[self.first]) | (distance <= best[self.second])

    def joined(self, other: "ContactPairs") -> "ContactPairs":
        """These pairs and then the other ones."""
        return ContactPairs(
            np.concatenate([self.first, other.first]),
            np.concatenate([self.second, other.second]),
            np.concatenate([self.offsets, other.offsets]),
        )

    def difference_rows(self, count: int) -> sparse.csr_matrix:
        """(K, count) matrix whose product with positions gives x[first] − x[second]."""
        rows = np.arange(len(self))
        return sparse.csr_matrix(
            (
                np.concatenate([np.ones(len(self)), -np.ones(len(self))]),
                (np.concatenate([rows, rows]), np.concatenate([self.first, self.second])),
            ),
            shape=(len(self), count),
        )

    def weights(self, total: float, count: int) -> Array:
        """(K,) weights that share ``total`` among the pairs of a vertex, so that crowds pull no harder."""
        crowd = np.bincount(self.first, minlength=count) + np.bincount(self.second, minlength=count)
        return total / np.maximum(crowd[self.first], crowd[self.second])


def find_contacts(posed: Array, neighbours: sparse.csr_matrix, candidates: Indices, touching: float) -> ContactPairs:
    """Pairs closer than ``touching`` [m] in a pose (N, 3) that are not neighbours on the surface.

    Parameters
    ----------
    neighbours
        (N, N) sparse pattern of vertices that are close along the surface; see `ring_neighbours`.
    candidates
        Vertices that may touch.
    """
    first, second = _near(posed, candidates, touching)
    if len(first):  # scipy can't index by nothing
        apart = np.asarray(neighbours[first, second]).ravel() == 0
        first, second = first[apart], second[apart]
    return ContactPairs(first, second, posed[first] - posed[second])


def closing_pairs(neutral: Array, posed: Array, candidates: Indices) -> ContactPairs:
    """Pairs closer than `TOUCHING` in a pose (N, 3) and farther than 4 mm at neutral (N, 3)."""
    first, second = _near(posed, candidates, TOUCHING)
    apart = np.linalg.norm(neutral[first] - neutral[second], axis=1) > _APART
    first, second = first[apart], second[apart]
    return ContactPairs(first, second, posed[first] - posed[second])


def _near(posed: Array, candidates: Indices, distance: float) -> Indices:
    """(2, K) the candidates that are nearer to each other than ``distance``."""
    found = KDTree(posed[candidates]).query_pairs(distance, output_type="ndarray")
    return candidates[found].reshape(-1, 2).T
