# SPDX-License-Identifier: GPL-3.0-or-later
"""Styled faces as they leave the program: on the vertices of the file that they came from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..morphable_model import MorphableModel
from ..rig import Rig
from ..style.style import Style
from .any_topology import Face, pairs_own_rig

if TYPE_CHECKING:
    from .styler import Styler


@dataclass(frozen=True, eq=False)
class StyledFace:
    """One face in a style.

    Attributes
    ----------
    rig
        On its file's own vertices, in their order.
    in_model_order
        The same in the model's topology and order, which all faces of a style share.
    """

    rig: Rig
    in_model_order: Rig


def styled_pair(styler: "Styler", model: MorphableModel) -> StyledFace:
    """The style's own pair, on the vertices that the artist sculpted."""
    rig = styler.rig()
    return StyledFace(pairs_own_rig(styler.style, rig, model), rig)


def styled_face(styler: "Styler", model: MorphableModel, face: Face) -> StyledFace:
    """The style on a face that was read from a file."""
    rig = styler.rig(face.identity)
    return StyledFace(face.own_rig(rig, model), rig)


def pair_shapes(style: Style) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Neutral and sculpt (n, 3) of a style's pair, model frame, metres, in the order of `styled_pair`'s rig."""
    if style.own is not None:
        return style.own.neutral, style.own.vertices
    return style.reference[style.input_order], style.sculpt[style.input_order]
