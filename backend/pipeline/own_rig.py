# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig of one neutral head, without a pair and without a style that somebody made."""

from dataclasses import replace

import numpy as np

from ..morphable_model import MorphableModel
from ..morphable_model.identity_fit import fit_identity
from ..registration.mouth_cut import with_mouth
from ..registration.mouth_line import is_fused
from ..registration.sealed_lips import sealed
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


def own_rig(face: Face, model: MorphableModel, *, mouth: bool = False) -> StyledFace:
    """A head with all expressions, joints and correctives, its neutral exactly as it was read; in the model's frame.

    Lips that are one surface stay together in all expressions, see `registration.sealed_lips`. With ``mouth`` they
    are cut instead, and `hollow.filled` has to put in what is behind them.
    """
    fused = has_fused_mouth(face, model)
    if fused and mouth and face.binding is not None:
        face = replace(face, binding=with_mouth(model, face.binding) or face.binding)
    rig = Styler(own_style(face, model), model).rig()
    own = face.own_rig(rig, model)
    if fused and not mouth and face.binding is not None:
        own = sealed(model, face.binding, own)
    return StyledFace(own, rig)


def has_fused_mouth(face: Face, model: MorphableModel) -> bool:
    """Whether a head's lips are one surface without an opening; those of a model never are."""
    return face.binding is not None and is_fused(model, face.binding)


def fused_sentence(name: str) -> str:
    """What is said of such a head."""
    return (
        f"The mouth of “{name}” has no opening, so it can’t open: its lips stay together in all expressions. With "
        "--mouth they are cut along their line, and it gets the base head’s mouth."
    )
