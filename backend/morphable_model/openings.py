# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids and lips, by the rings of edges around the openings that they close."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Opening:
    """Rings of skin around the eyes or the mouth.

    ``ring`` (N,) counts edges from the rim outwards and is -1 elsewhere; lids or lips meet at ring ``contact``, and
    end with the rings ``upper`` and ``lower``.
    """

    ring: NDArray[np.int64]
    contact: int
    upper: int
    lower: int

    @property
    def lining(self) -> Mask:
        """(N,) the rings inside of where lids or lips meet."""
        return (self.ring >= 0) & (self.ring < self.contact)

    def halves(self, above: Mask) -> tuple[Mask, Mask]:
        """(N,) upper and lower lid or lip, told apart by ``above``."""
        outside = self.ring >= self.contact
        return outside & (self.ring <= self.upper) & above, outside & (self.ring <= self.lower) & ~above


def opening_regions(
    template: Array, landmarks: NDArray[np.integer], jaw_open: Array, eyes: Opening, mouth: Opening
) -> dict[str, Mask]:
    """Masks (N,) of lids and lips by name, of a mean head (N, 3) with offsets (N, 3) in jawOpen and (68,) landmarks."""
    left = template[:, 0] > 0
    heights = []
    for corners in template[landmarks[[[45, 42], [36, 39]]]]:  # of the left and of the right eye
        order = corners[:, 0].argsort()
        heights.append(np.interp(template[:, 0], corners[order, 0], corners[order, 1]))
    lid_upper, lid_lower = eyes.halves(template[:, 1] > np.where(left, *heights))
    fall = np.linalg.norm(jaw_open, axis=1)
    lip_upper, lip_lower = mouth.halves(fall < fall[landmarks[[62, 66]]].mean())
    return {
        "lids": lid_upper | lid_lower,
        "lid_upper_left": lid_upper & left,
        "lid_upper_right": lid_upper & ~left,
        "lid_lower_left": lid_lower & left,
        "lid_lower_right": lid_lower & ~left,
        "lips": lip_upper | lip_lower,
        "lip_upper": lip_upper,
        "lip_lower": lip_lower,
    }
