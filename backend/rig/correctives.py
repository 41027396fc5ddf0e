# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that mend combinations of others, with the formulas that drive them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRODUCT = "product"
"""Formula: the product of the inputs, of which those below 0 count as 0."""


@dataclass(frozen=True, eq=False)
class Corrective:
    """A key that is added on top of the sliders that it corrects.

    Attributes
    ----------
    name
        ``corrective_`` and its inputs.
    inputs
        Names of the sliders that drive it.
    deltas
        (N, 3) float32, offset at value 1, metres.
    formula
        How its value follows from its inputs; `PRODUCT`.
    """

    name: str
    inputs: tuple[str, ...]
    deltas: NDArray[np.float32]
    formula: str = PRODUCT

    def value(self, weights: Mapping[str, float]) -> float:
        """Its value under slider values; sliders that are not named are 0."""
        return float(np.prod([max(weights.get(name, 0.0), 0.0) for name in self.inputs]))


def corrective_name(inputs: Sequence[str]) -> str:
    """``corrective_eyeBlinkLeft_eyeLookDownLeft`` for the two sliders."""
    return "_".join(("corrective", *inputs))
