# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips drawn together from the sides, as puckered and funnelled lips are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_WIDTH, _HEIGHT, _DEPTH = 0.046, 0.036, 0.040  # m; half axes of what follows


def drawn_in(template: Array, corners: Sequence[int], distance: float) -> Array:
    """Offsets (N, 3) that bring the corners of the mouth ``distance`` metres nearer to its middle each.

    Between the corners the motion grows in proportion to the distance from the middle, so that the opening stays
    smooth; around them it fades out over the cheeks.

    Parameters
    ----------
    template
        (N, 3) mean head, metres.
    corners
        The vertices at the corners of the mouth.
    """
    ends = template[list(corners)]
    middle, half = ends.mean(0), np.abs(ends[:, 0]).mean()
    off = (template - middle) / np.array([_WIDTH, _HEIGHT, _DEPTH])
    near = np.clip(1 - (off**2).sum(1), 0, 1) ** 2
    at_corner = np.clip(1 - (half / _WIDTH) ** 2, 0, 1) ** 2
    result = np.zeros_like(template)
    result[:, 0] = -distance * np.clip(template[:, 0] / half, -1, 1) * near / at_corner
    return result


_FADES = np.array([1, 1, 1, 0.95, 0.85, 0.68, 0.48, 0.28, 0.12])
"""Share of the lips' edge's change that each loop around the mouth makes."""
_ROUND = 0.8  # of the way to an ellipse
_SAMPLES, _EDGES = 200, 4


def rounded_opening(
    template: Array, offset: Array, loops: NDArray[np.int64], contact: int, lower: NDArray[np.bool_]
) -> Array:
    """An offset (N, 3) whose opening of the mouth is nearly an ellipse, as wide and as large as it was.

    Each lip's edge is brought to half an ellipse between the corners with the same area below or above it;
    the lip moves along, less the farther from its edge.

    Parameters
    ----------
    template, offset
        (N, 3) mean head, and the motion that opens its mouth symmetrically, metres.
    loops, contact
        (N,) loop number around the mouth, and that of the edge where the lips meet.
    lower
        (N,) vertices of the lower lip.
    """
    posed = template + offset
    edge = loops == contact
    half = np.abs(posed[edge, 0]).max()
    corner = posed[np.flatnonzero(edge)[np.abs(posed[edge, 0]).argmax()], 1]
    result = offset.copy()
    share = np.where(loops >= 0, np.append(_FADES, 0.0)[np.clip(loops, 0, len(_FADES))], 0.0)
    place = np.linspace(0, 1, _SAMPLES)
    ellipse = np.sqrt(1 - place**2)
    for lip, inwards in ((lower, 1), (~lower, -1)):
        curves = []
        for number in range(contact, contact + _EDGES):
            rows = np.flatnonzero((loops == number) & lip)
            rows = rows[np.argsort(np.abs(posed[rows, 0]))]
            curves.append(np.interp(place, np.abs(posed[rows, 0]) / half, inwards * (posed[rows, 1] - corner)))
        height = inwards * np.max(curves, axis=0)  # what is seen of a lip is the loop that hangs farthest in
        wanted = ellipse * height.mean() / ellipse.mean()
        change = np.interp(np.abs(posed[:, 0]) / half, place, wanted - height, right=0.0)
        result[:, 1] += np.where(lip, _ROUND * share * change, 0.0)
    return result
