# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what an expression hardly moves on the source hardly moving on the styled face."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STILL, _FREE = 0.02, 0.06  # of the expression's largest motion
_MARGIN = 0.9  # contact may later take some of the strong motion away


class GentleMotion:
    """A limit for vertices that move by less than 2 % of an expression's largest motion.

    Where a sculpt is larger than the source, deformation transfer enlarges even the faint motion
    far from an expression's region, and a smile begins to move the ears. There a vertex may move
    at most as far as it does on the source, and as far relative to the whole expression. The limit fades
    out towards vertices that move by 6 % and more.

    Parameters
    ----------
    deltas
        (E, N, 3) the source's expressions, metres.
    """

    def __init__(self, deltas: Array) -> None:
        self._motion = np.linalg.norm(deltas, axis=2)
        share = self._motion / np.maximum(self._motion.max(axis=1, keepdims=True), 1e-12)
        ramp = np.clip((share - _STILL) / (_FREE - _STILL), 0.0, 1.0)
        self._limited = 1.0 - ramp * ramp * (3.0 - 2.0 * ramp)
        self._strong = share >= _STILL

    def faint(self, index: int, vertices: NDArray[np.intp]) -> bool:
        """Whether an expression moves none of some vertices by 2 % of its largest motion."""
        return not self._strong[index, vertices].any()

    def __call__(self, index: int, offset: Array, *, settled: bool = False) -> Array:
        """The limited offset (N, 3) of one expression, metres; ``settled`` says that its contact is in order."""
        strong, motion = self._strong[index], self._motion[index]
        length = np.linalg.norm(offset, axis=1)
        whole = np.sqrt((motion[strong] ** 2).sum())
        gain = np.sqrt((length[strong] ** 2).sum()) / max(whole, 1e-12)
        most = min(gain, 1.0) * (1.0 if settled else _MARGIN)
        scale = np.minimum(1.0, most * motion / np.maximum(length, 1e-12))
        return offset * (1.0 - self._limited[index] * (1.0 - scale))[:, None]
