# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a model's outer skin turns into the lining of its sockets or of its mouth."""

import numpy as np
from numpy.typing import NDArray

from ..mesh_encoder.labels import SKIN, triangle_labels
from ..morphable_model import MorphableModel


def part_rims(model: MorphableModel, lining: int) -> NDArray[np.intp]:
    """The vertices where the outer skin meets a lining: of the sockets, or of the mouth."""
    labels = triangle_labels(model)
    skin, inner = (np.unique(model.triangles[labels == kind]) for kind in (SKIN, lining))
    return np.intersect1d(skin, inner).astype(np.intp)
