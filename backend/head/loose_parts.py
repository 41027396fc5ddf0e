# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no part of the skin and follows it: eyeballs, teeth and tongue as wholes, lashes on their lids."""

import numpy as np
from numpy.typing import NDArray

from ..mesh.similarity import similarity_fit
from ..rig.parts import RIDING
from .attachments import SkinAttachment
from .template import TemplateSurface

Array = NDArray[np.float64]

_HOST_REACH = 2.0  # distances to the nearest skin


class LooseParts:
    """The inner parts of a template, each with the skin that it belongs to.

    Attributes
    ----------
    wholes
        Parts that move as wholes.
    hosts
        For each, (S,) weights of the skin vertices around it, summing to one.
    riding
        Vertices of the pieces that ride on the skin.
    """

    def __init__(self, surface: TemplateSurface) -> None:
        self._surface = surface
        self.wholes = [part for part in surface.inner_components if part.part not in RIDING]
        self.hosts = [self._host_weights(part.vertices) for part in self.wholes]
        riding = [part.vertices for part in surface.inner_components if part.part in RIDING]
        self.riding = np.concatenate([*riding, np.zeros(0, dtype=np.intp)])
        self._attachment = SkinAttachment(surface, self.riding) if riding else None

    def _host_weights(self, vertices: NDArray[np.intp]) -> Array:
        surface = self._surface
        centre = surface.vertices[vertices].mean(0)
        distance = np.linalg.norm(surface.vertices[surface.skin] - centre, axis=1)
        weights = surface.masses[surface.skin] * np.exp(-((distance / (_HOST_REACH * distance.min())) ** 2))
        return weights / weights.sum()

    def follow(self, start: Array, end: Array) -> Array:
        """``end`` (N, 3) with every part where the skin's move from ``start`` (N, 3) takes it, metres.

        A whole moves by the similarity that fits the skin around it best.
        """
        result, skin = end.copy(), self._surface.skin
        for part, weights in zip(self.wholes, self.hosts, strict=True):
            fit = similarity_fit(start[skin], end[skin], weights)
            result[part.vertices] = fit(start[part.vertices])
        result[self.riding] = self.ridden(start, result)
        return result

    def ridden(self, start: Array, end: Array) -> Array:
        """(R, 3) where the riding pieces go when the skin moves from ``start`` to ``end`` (N, 3), metres."""
        if self._attachment is None:
            return end[self.riding]
        return self._attachment.follow(start, end)

    def with_riding(self, start: Array, offset: Array) -> Array:
        """A skin's offset (N, 3) from a pose (N, 3) with the riding pieces carried along, metres."""
        result = offset.copy()
        result[self.riding] = self.ridden(start, start + offset) - start[self.riding]
        return result
