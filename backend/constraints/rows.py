# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear conditions on the displacement of a few vertices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ContactRows:
    """K conditions direction · Σ_j coefficient_j c[vertex_j] = or ≥ wanted on a displacement c.

    Attributes
    ----------
    vertices, coefficients
        (K, J) vertex indices and their coefficients; unused places have coefficient zero.
    directions
        (K, 3) unit vectors.
    wanted
        (K,) metres.
    one_sided
        (K,) bool; True where more is fine too (≥), False where it must be met (=).
    softness
        (K,) how easily a condition gives way to others, relative to how easily skin does.
    """

    vertices: NDArray[np.intp]
    coefficients: Array
    directions: Array
    wanted: Array
    one_sided: NDArray[np.bool_]
    softness: Array

    def __len__(self) -> int:
        return len(self.wanted)

    @staticmethod
    def between(
        first: Indices, second: Indices, directions: Array, wanted: Array, one_sided: bool, softness: float
    ) -> "ContactRows":
        """Conditions on c[first] − c[second]."""
        return ContactRows(
            np.stack([first, second], axis=1).astype(np.intp),
            np.tile([1.0, -1.0], (len(first), 1)),
            directions,
            wanted,
            np.full(len(first), one_sided),
            np.full(len(first), softness),
        )

    @staticmethod
    def halfway(ends: Indices, directions: Array, wanted: Array, softness: float) -> "ContactRows":
        """One-sided conditions on the points halfway between two vertices (K, 2), which may be the same."""
        count = len(ends)
        return ContactRows(
            ends, np.full((count, 2), 0.5), directions, wanted, np.ones(count, dtype=bool), np.full(count, softness)
        )

    @staticmethod
    def joined(parts: "Sequence[ContactRows]") -> "ContactRows":
        """All conditions of several groups; there must be at least one group."""
        return ContactRows(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))

    def where(self, keep: NDArray[np.bool_] | Indices) -> "ContactRows":
        """Some of the conditions."""
        return ContactRows(*(getattr(self, name)[keep] for name in _FIELDS))


_FIELDS = ("vertices", "coefficients", "directions", "wanted", "one_sided", "softness")
