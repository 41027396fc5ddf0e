# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig of one neutral head, without a pair and without a style that somebody made."""

import numpy as np

from ..morphable_model import MorphableModel
from ..morphable_model.identity_fit import fit_identity
from ..style.style import Style
from .any_topology import Face
from .styled_face import StyledFace
from .styler import Styler


def own_style(face: Face, model: MorphableModel) -> Style:
    """What a head has beyond the person that the model sees in it, as a style.

    The person nearest to the head is the pair's neutral, whose expressions the model knows; the head is its
    sculpt. So the head gets its expressions as any sculpt does, and its eyelids, lips and teeth keep what
    those of sculpts keep.
    """
    head = face.identity.vertices
    fit = fit_identity(model, head)
    return Style(
        name=face.identity.name,
        topology_hash=model.topology_hash,
        model_hash=model.content_hash,
        model_name=model.name,
        reference=(model.evaluate(fit.identity) * fit.size).astype(np.float32),
        sculpt=head.astype(np.float32),
        identity=fit.identity.astype(np.float32),
        size=fit.size,
        input_order=np.asarray(face.identity.input_order, np.int32),
        metrics={"fit_rms_mm": fit.residual_mm},
    )


def own_rig(face: Face, model: MorphableModel) -> StyledFace:
    """A head with all expressions, joints and correctives, its neutral exactly as it was read; in the model's frame."""
    rig = Styler(own_style(face, model), model).rig()
    return StyledFace(face.own_rig(rig, model), rig)
