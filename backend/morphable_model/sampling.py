# SPDX-License-Identifier: GPL-3.0-or-later
"""The truncated normal distribution that random faces are drawn from."""

import numpy as np
from numpy.typing import NDArray

LIMIT = 2.5
"""Deviations beyond which a value is drawn again; the population itself was clipped there."""


def truncated_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Standard normal values of ``shape``, none farther than ``LIMIT`` from 0."""
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > LIMIT).any():
        values[outside] = rng.standard_normal(int(outside.sum()))
    return values
