# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's expressions as offsets, and which of them are defined on top of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..morphable_model import MorphableModel

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# ARKit defines these on top of other sliders.
_BASE_POSES = {"mouthClose": ("jawOpen",)}


@dataclass(frozen=True, eq=False)
class ExpressionBasis:
    """E expressions of a model with N vertices.

    Attributes
    ----------
    names
        Their names.
    deltas
        (E, N, 3) offsets, metres.
    bases
        Rows of the expressions that an expression is defined on top of, where there are any.
    """

    names: tuple[str, ...]
    deltas: Array
    bases: Mapping[int, Sequence[int]]

    @staticmethod
    def of(model: MorphableModel) -> "ExpressionBasis":
        """The expressions of a model."""
        names = model.expression_names
        bases = {
            names.index(name): [names.index(base) for base in below]
            for name, below in _BASE_POSES.items()
            if name in names and all(base in names for base in below)
        }
        return ExpressionBasis(tuple(names), model.expression_basis.astype(np.float64), bases)

    @property
    def on_base(self) -> Indices:
        """Rows of the expressions that are defined on top of others."""
        return np.array(sorted(self.bases), dtype=np.intp)

    @property
    def groups(self) -> tuple[Indices, Indices]:
        """Rows of the expressions that stand for themselves, then those that need the first ones' results."""
        return np.setdiff1d(np.arange(len(self.names)), self.on_base), self.on_base

    @property
    def base_sliders(self) -> Array:
        """(E, E) slider values on top of which each expression is defined."""
        values = np.zeros((len(self.names), len(self.names)))
        for index, bases in self.bases.items():
            values[index, bases] = 1.0
        return values

    def base_offset(self, index: int, offsets: Array) -> Array:
        """(N, 3) what lies beneath an expression when all have ``offsets`` (E, N, 3)."""
        return offsets[list(self.bases.get(index, ()))].sum(axis=0)
