# SPDX-License-Identifier: GPL-3.0-or-later
"""A style between two styles."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..morphable_model import model_for
from ..morphable_model.identity_fit import fit_identity
from ..style.blend import blend_networks
from ..style.style import Style
from .any_topology import moved_own_mesh
from .styler import Styler

Array = NDArray[np.float64]


def blend_styles(first: Style, second: Style, amount: float, name: str = "") -> Style:
    """The style ``amount`` of the way from ``first`` to ``second``; 0 and 1 are the two themselves.

    The networks mix, see `style.blend`. The blend's pair is a person between the two neutral faces,
    and a sculpt between what either style makes of that person. Rows, and the artist's own mesh, stay those
    of ``first``'s file, so that a rig of ``first`` can be updated in place.

    Raises
    ------
    UserError
        When ``amount`` is not between 0 and 1, or the two can't be mixed.
    """
    if not 0 <= amount <= 1:
        raise UserError(
            f"A blend of {amount:g} is not between the styles.", "Choose an amount from 0 to 1.", code="setting"
        )
    network, source = blend_networks(first, second, amount)
    name = name or f"{first.name} {second.name} {amount:.2f}"
    model = model_for(first.topology_hash, first.model_hash, first.model_name)
    end = {0.0: first, 1.0: second}.get(amount)
    reference, sculpt = _pair(first, second, amount)
    own = first.own if end is first else moved_own_mesh(first, model, reference, sculpt)
    if end is not None:
        return replace(end, name=name, input_order=first.input_order, own=own, thumbnail=None)
    fit = fit_identity(model, reference)
    anchors = (style.settings.get("anchor") for style in (first, second) if style.network is not None)
    return replace(
        first,
        name=name,
        reference=reference.astype(np.float32),
        sculpt=sculpt.astype(np.float32),
        identity=fit.identity.astype(np.float32),
        size=fit.size,
        own=own,
        network=network,
        source_fingerprint=source,
        settings={
            "anchor": next(anchors, "teacher"),
            "blend": {"first": first.name, "second": second.name, "amount": float(amount)},
        },
        metrics={"fit_rms_mm": fit.residual_mm},
        thumbnail=None,
    )


def _pair(first: Style, second: Style, amount: float) -> tuple[Array, Array]:
    """Neutral and sculpt (N, 3) of the blend, metres."""
    ends = [(style.reference.astype(np.float64), style.sculpt.astype(np.float64)) for style in (first, second)]
    (neutral, sculpt), (other_neutral, other_sculpt) = ends
    if amount in (0.0, 1.0):
        return ends[int(amount)]
    reference = (1 - amount) * neutral + amount * other_neutral
    if not np.array_equal(neutral, other_neutral):
        sculpt, other_sculpt = (Styler(style).neutral(reference) for style in (first, second))
    return reference, (1 - amount) * sculpt + amount * other_sculpt
