# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a head's skin belongs to the face that even a mask shows."""

import numpy as np
from numpy.typing import NDArray

from ..morphable_model import MorphableModel

Array = NDArray[np.float64]

_TOP, _SIDE, _BACK, _BELOW = 0.028, 0.060, -0.030, 0.003  # m above the brows, off the middle, forwards, above the chin
_SOFT = 0.004  # m, half the width of the passage


def face_membership(model: MorphableModel) -> Array:
    """(N,) how far each vertex belongs to the face, 0 to 1; 1 everywhere for a model without landmarks.

    A box around the face with soft sides. Beyond them it is exactly 0: however small the weight of
    what a mask does not have, in a least-squares fit the misfit there is large, and the code of the
    mask would not be that of the whole head.
    """
    template = model.template.astype(np.float64)
    if model.landmarks is None:
        return np.ones(len(template))
    brows = template[model.landmarks[17:27], 1].mean()
    chin = template[model.landmarks[8], 1]
    x, y, z = template.T
    depths = (brows + _TOP - y, _SIDE - np.abs(x), z - _BACK, y - chin - _BELOW)
    shares = [np.clip(0.5 + depth / (2 * _SOFT), 0, 1) for depth in depths]
    return np.prod([share**2 * (3 - 2 * share) for share in shares], axis=0)
