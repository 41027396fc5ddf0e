# SPDX-License-Identifier: GPL-3.0-or-later
"""A style without any training, in seconds; nothing here loads torch, which alone would take as long."""

import numpy as np

from ..head.geometry import head_geometry
from ..morphable_model import MorphableModel, load_default
from ..morphable_model.identity_fit import fit_identity
from ..pairs.pair import Pair
from ..style.style import Style
from .settled_parts import settle_inner_parts


def preview_style(pair: Pair, model: MorphableModel | None = None) -> Style:
    """A style without any training: contact-keeping deformation transfer alone."""
    model = load_default() if model is None else model
    fit = fit_identity(model, pair.neutral)
    sculpt, _ = settle_inner_parts(head_geometry(model), pair.neutral, pair.styled)
    return Style(
        name=pair.name,
        topology_hash=model.topology_hash,
        model_hash=model.content_hash,
        model_name=model.name,
        reference=pair.neutral.astype(np.float32),
        sculpt=sculpt.astype(np.float32),
        identity=fit.identity.astype(np.float32),
        size=fit.size,
        input_order=np.asarray(pair.input_order, dtype=np.int32),
        metrics={"fit_rms_mm": fit.residual_mm},
    )
