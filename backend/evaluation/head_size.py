# SPDX-License-Identifier: GPL-3.0-or-later
"""The expressions of a source face on a head of its size."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.morphable_model.identity_fit import fit_identity


def expressions_at_size(model: MorphableModel, source: NDArray[np.floating]) -> MorphableModel:
    """The model whose expressions are those of one face, larger on a larger head.

    A morphable model's size scales a head together with what it does (`MorphableModel.evaluate`):
    the lids of a head of size s have s times as far to go. Expression offsets in millimetres of the
    mean head leave the eyes of a head that is 4 % larger open by half a millimetre.

    Parameters
    ----------
    source
        (N, 3) a neutral face in the model's topology, metres.
    """
    size = fit_identity(model, np.asarray(source, np.float64)).size
    return replace(model, expression_basis=(size * model.expression_basis).astype(model.expression_basis.dtype))
