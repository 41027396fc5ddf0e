# SPDX-License-Identifier: GPL-3.0-or-later
"""A blink as lids make it: skin that turns about the eyeball, most at the lid's edge and hardly above its crease."""

import numpy as np
from numpy.typing import NDArray

from .edge_loops import CONTACT_LOOP
from .skin import Skin

Array = NDArray[np.float64]

_UPPER = np.array([1, 1, 1, 1, 0.62, 0.27, 0.09, 0.02, 0])
"""Share of the edge's turn that each loop of the upper lid makes, from the socket outwards: a crease."""
_LOWER = np.array([1, 1, 1, 1, 1, 0.92, 0.80, 0.66, 0.50, 0.30, 0.12])
_RISE = 0.13  # of the opening, by the lower lid
_OVERLAP = 0.0016  # m; openings vary by 1 mm (one deviation) between people, and the eyes of nearly all shall close
_LEAST_OVERLAP = 1 / 3  # of the opening, where that is less
_CLEARANCE = 0.0006  # m; by which the upper lid passes before the lower one
_SAMPLES, _DEGREE = 400, 6


class LidKinematics:
    """The lids of the subject's left eye in polar coordinates about its centre.

    The axis runs from the inner to the outer corner; along it each vertex keeps its place, and turns about it.
    Turning keeps skin as far from a round eyeball as it was, and a straight path between the two
    ends runs deeper by r (1 − cos φ/2): 0.6 mm for a mean eye, a third of what lies between lid and eyeball.

    Parameters
    ----------
    skin
        Of the mean head.
    centre
        (3,) of the left eyeball, metres.
    """

    def __init__(self, skin: Skin, centre: Array) -> None:
        self._skin, self._centre = skin, centre
        points = skin.template
        self._loop = np.where(points[:, 0] > 0, skin.loops["eye_cavity"], -1)
        rim = np.flatnonzero(self._loop == CONTACT_LOOP)
        ends = rim[[points[rim, 0].argmin(), points[rim, 0].argmax()]]
        across = points[ends[1]] - points[ends[0]]
        self._axis = across / np.linalg.norm(across)
        ahead = np.array([0.0, 0.0, 1.0]) - self._axis[2] * self._axis
        self._ahead = ahead / np.linalg.norm(ahead)
        self._up = np.cross(self._ahead, self._axis)
        off = points - centre
        self._along = off @ self._axis
        self._radius = np.hypot(off @ self._ahead, off @ self._up)
        self._angle = np.arctan2(off @ self._up, off @ self._ahead)
        line = np.interp(self._along, self._along[ends], self._angle[ends])
        self._upper = (self._loop >= 0) & (self._angle > line)
        self._lower = (self._loop >= 0) & ~self._upper
        self._ends = ends

    def blink(self) -> Array:
        """Offsets (N, 3) of a full blink, metres: the lower lid rises a little, the upper one passes its edge."""
        place = np.linspace(*self._along[self._ends], _SAMPLES)
        upper, lower = self._edge(place, self._upper, -1), self._edge(place, self._lower, 1)
        opening = np.maximum(upper - lower, 0)
        overlap = np.minimum(_OVERLAP / self._radius[self._upper].mean(), _LEAST_OVERLAP * opening)
        rise = _RISE * opening
        fall = opening - rise + overlap
        shares = {True: _shares(self._loop, _UPPER, self._upper), False: _shares(self._loop, _LOWER, self._lower)}
        turn = shares[False] * np.interp(self._along, place, rise, left=0, right=0)
        turn -= shares[True] * np.interp(self._along, place, fall, left=0, right=0)
        # The lid's edge keeps its thickness, the skin above it is laid onto the same sphere.
        edge = np.where(
            self._loop <= CONTACT_LOOP + 1, self._at_loop(place, self._upper, CONTACT_LOOP + 1), self._radius
        )
        begun = np.clip(3 * np.interp(self._along, place, fall / fall.max(), left=0, right=0), 0, 1)
        radius = self._radius + shares[True] * begun * (self._before_lower_lid(place) - edge)
        moved = self._at(radius, self._angle + turn)
        return np.where((self._upper | self._lower)[:, None], moved - self._skin.template, 0.0)

    def _edge(self, place: Array, lid: NDArray[np.bool_], sign: int) -> Array:
        """Angle of a lid's edge at places along the axis, smooth; ``sign`` -1 for the lowest of its loops, 1 highest."""
        curves = []
        for number in range(CONTACT_LOOP, CONTACT_LOOP + 3):
            rows = np.union1d(np.flatnonzero(lid & (self._loop == number)), self._ends)
            rows = rows[np.argsort(self._along[rows])]
            curves.append(np.interp(place, self._along[rows], sign * self._angle[rows]))
        return _smooth(sign * np.max(curves, axis=0))

    def _before_lower_lid(self, place: Array) -> Array:
        """(N,) radius at which the upper lid passes before the lower one and keeps its own distance from the eye."""
        first = CONTACT_LOOP + 1
        lids = [self._at_loop(place, self._upper, first)]
        lids += [self._at_loop(place, self._lower, number) for number in range(first, first + 3)]
        return np.max(lids, axis=0) + _CLEARANCE

    def _at_loop(self, place: Array, lid: NDArray[np.bool_], number: int) -> Array:
        """(N,) radius of one loop of a lid beside each vertex, smooth along the eye."""
        rows = np.flatnonzero(lid & (self._loop == number))
        rows = rows[np.argsort(self._along[rows])]
        return np.interp(self._along, place, _smooth(np.interp(place, self._along[rows], self._radius[rows])))

    def _at(self, radius: Array, angle: Array) -> Array:
        round_axis = np.cos(angle)[:, None] * self._ahead + np.sin(angle)[:, None] * self._up
        return self._centre + self._along[:, None] * self._axis + radius[:, None] * round_axis


def _shares(loop: NDArray[np.int64], table: Array, lid: NDArray[np.bool_]) -> Array:
    """(N,) the table's value for each vertex of a lid, 0 elsewhere."""
    padded = np.append(table, 0.0)
    return np.where(lid, padded[np.clip(loop, 0, len(table))], 0.0)


def _smooth(curve: Array) -> Array:
    """The nearest curve with the same ends that leaves them upright, as the edges of lids do: √(1 − x²) · polynomial."""
    x = np.linspace(-1, 1, len(curve))
    straight = np.interp(x, x[[0, -1]], curve[[0, -1]])
    bumps = np.sqrt(1 - x**2)[:, None] * x[:, None] ** np.arange(_DEGREE)
    return straight + bumps @ np.linalg.lstsq(bumps, curve - straight, rcond=None)[0]
