# SPDX-License-Identifier: GPL-3.0-or-later
"""The eyeballs of a head and the skin around them."""

import numpy as np
from numpy.typing import NDArray

from .eyeball import Eyeball, eye_radius
from .template import TemplateSurface

Indices = NDArray[np.intp]

_AROUND_EYE = 1.7  # eyeball radii
_LINING = "eye_cavity"  # follows the lids; inside the eyeball it is not seen
_PARTS = ("eye_l", "eye_r")


class Eyes:
    """The eyeballs of a template.

    Attributes
    ----------
    balls
        The eyeballs by the names of their parts.
    around
        For each, the vertices of the skin around it.
    lids
        For each, those of them that are seen.
    """

    def __init__(self, surface: TemplateSurface) -> None:
        eyes = [component for component in surface.inner_components if component.part in _PARTS]
        self.balls = {eye.part: Eyeball(eye.vertices, surface.triangles) for eye in eyes}
        self.around = {part: _around(surface, ball) for part, ball in self.balls.items()}
        self.lids = {part: near[surface.vertex_part[near] != _LINING] for part, near in self.around.items()}


def _around(surface: TemplateSurface, eye: Eyeball) -> Indices:
    skin = surface.skin
    centre, radius = eye_radius(surface.vertices[eye.vertices])
    offset = surface.vertices[skin] - centre
    return skin[(np.linalg.norm(offset, axis=1) < _AROUND_EYE * radius) & (offset[:, 2] > -0.2 * radius)]
