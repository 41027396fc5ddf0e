# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vertices of a surface touch in a pose: eyelids in a blink, lips in a closed mouth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ContactPairs:
    """K pairs of vertices that touch in one pose.

    Attributes
    ----------
    first, second
        (K,) vertex indices.
    offsets
        (K, 3) first − second in the touching pose, metres.
    closing
        (K,) bool; True where the pair is apart at neutral, False where it touches there too.
    """

    first: Indices
    second: Indices
    offsets: Array
    closing: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)

    def where(self, keep: NDArray[np.bool_]) -> "ContactPairs":
        """The pairs that a (K,) mask keeps."""
        return ContactPairs(self.first[keep], self.second[keep], self.offsets[keep], self.closing[keep])

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
            np.concatenate([self.closing, other.closing]),
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


def find_contacts(
    neutral: Array,
    posed: Array,
    neighbours: sparse.csr_matrix,
    candidates: Indices,
    touching: float = 0.002,
    apart: float = 0.004,
) -> ContactPairs:
    """Pairs closer than ``touching`` in a pose that are not neighbours on the surface.

    A pair counts as closing when it is farther than ``apart`` at neutral, and as resting when it
    touches at neutral too; pairs in between say nothing and are left out.

    Parameters
    ----------
    neutral, posed
        (N, 3) positions in metres.
    neighbours
        (N, N) sparse pattern of vertices that are close along the surface; see `ring_neighbours`.
    candidates
        Vertices that may touch.
    touching, apart
        Distances in metres.
    """
    found = KDTree(posed[candidates]).query_pairs(touching, output_type="ndarray")
    pairs = candidates[found].reshape(-1, 2)
    if len(pairs):  # scipy can't index by nothing
        near = np.asarray(neighbours[pairs[:, 0], pairs[:, 1]]).ravel() > 0
        pairs = pairs[~near]
    distance = np.linalg.norm(neutral[pairs[:, 0]] - neutral[pairs[:, 1]], axis=1)
    keep = (distance > apart) | (distance < touching)
    pairs, distance = pairs[keep], distance[keep]
    return ContactPairs(
        first=pairs[:, 0],
        second=pairs[:, 1],
        offsets=posed[pairs[:, 0]] - posed[pairs[:, 1]],
        closing=distance > apart,
    )


def closing_pairs(
    neutral: Array, posed: Array, candidates: Indices, touching: float = 0.002, apart: float = 0.004
) -> ContactPairs:
    """Pairs closer than ``touching`` in a pose and farther than ``apart`` at neutral.

    Parameters are those of `find_contacts`.
    """
    found = KDTree(posed[candidates]).query_pairs(touching, output_type="ndarray")
    pairs = candidates[found].reshape(-1, 2)
    distance = np.linalg.norm(neutral[pairs[:, 0]] - neutral[pairs[:, 1]], axis=1)
    first, second = pairs[distance > apart].T
    return ContactPairs(first, second, posed[first] - posed[second], np.ones(len(first), dtype=bool))
