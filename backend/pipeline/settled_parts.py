# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes, teeth, tongue and lashes that the artist left where they were while the face around them moved."""

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import HeadGeometry

Array = NDArray[np.float64]

_UNTOUCHED = 1e-5  # m
# How far a part may be left behind before it is taken along, metres. Eyes and lashes show at once; teeth and
# tongue hide behind the lips, and an artist who reshapes a jaw mostly means them to stay.
_LEFT_BEHIND = {"teeth_upper": 5e-3, "teeth_lower": 5e-3, "tongue": 5e-3}
_LEFT_BEHIND_VISIBLY = 1e-3


def settle_inner_parts(geometry: HeadGeometry, reference: Array, sculpt: Array) -> tuple[Array, tuple[str, ...]]:
    """The sculpt (N, 3) with untouched inner parts taken along where the face around them has left them behind.

    A part counts as untouched when no vertex of it moved by more than 0.01 mm; parts that the
    artist moved stay exactly theirs, and so does all skin.

    Returns
    -------
    The settled sculpt, and the names of the parts that were moved.
    """
    surface = geometry.surface
    still = [
        component
        for component in surface.inner_components
        if np.abs(sculpt[component.vertices] - reference[component.vertices]).max() < _UNTOUCHED
    ]
    if not still:
        return sculpt, ()
    followed = geometry.loose_parts.follow(reference, sculpt)
    settled, moved = sculpt.copy(), []
    for component in still:
        vertices = component.vertices
        allowed = _LEFT_BEHIND.get(component.part, _LEFT_BEHIND_VISIBLY)
        if np.abs(followed[vertices] - sculpt[vertices]).max() > allowed:
            settled[vertices] = followed[vertices]
            moved.append(component.part)
    return settled, tuple(dict.fromkeys(moved))
