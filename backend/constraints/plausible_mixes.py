# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixes of expressions as animators and face tracking make them, to mend keys in."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..rig.expressions import OPPOSITES, counterpart

Array = NDArray[np.float64]

_SHARE = 0.2  # of the sliders that act in a mix
_SEED = 52


def plausible_mixes(names: Sequence[str], base_sliders: Array, count: int) -> Array:
    """(E + count, E) slider values: each slider at 1, then mixes, each followed by its mirror image.

    In a mix a fifth of the sliders act, each somewhere in 0…1. Of two sliders that pull the same part in
    opposite directions only the stronger acts. What an expression is defined on top of acts at least as far.

    Parameters
    ----------
    names
        E expression names.
    base_sliders
        (E, E) slider values on top of which each expression is defined.
    """
    names, rng = list(names), np.random.default_rng(_SEED)
    shape = ((count + 1) // 2, len(names))
    mixes = rng.random(shape) * (rng.random(shape) < _SHARE)
    for first, second in OPPOSITES:
        if first in names and second in names:
            one, other = mixes[:, names.index(first)], mixes[:, names.index(second)]
            weaker = one < other
            one[weaker], other[~weaker] = 0.0, 0.0
    for index, bases in enumerate(base_sliders):
        mixes = np.maximum(mixes, mixes[:, index, None] * bases)
    others = [counterpart(name) for name in names]
    other = [names.index(name) if name in names else row for row, name in enumerate(others)]
    mixes = np.stack([mixes, mixes[:, other]], axis=1).reshape(-1, len(names))[:count]
    return np.concatenate([np.maximum(np.eye(len(names)), base_sliders), mixes])
