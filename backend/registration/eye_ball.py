# SPDX-License-Identifier: GPL-3.0-or-later
"""The ball that an eye turns as: fitted to a whole eyeball, to its front, to a lens or to a disc."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FLAT = 0.02  # variance of the normals below which the expected radius counts for more than they do
_LEAST, _MOST = 0.5, 2.5  # times the expected radius
_ROUNDS = 5
_ROUGH = 0.03  # of the radius: what lies farther off than that, a cornea or a pupil, counts for less


@dataclass(frozen=True, eq=False)
class EyeBall:
    """A ball.

    Attributes
    ----------
    centre
        (3,) metres.
    radius
        Metres.
    """

    centre: Array
    radius: float

    @staticmethod
    def around(points: Array) -> "EyeBall":
        """The ball on which most of a whole eyeball's vertices (k, 3) lie."""
        centre = points.mean(0)
        return EyeBall(centre, float(np.median(np.linalg.norm(points - centre, axis=1))))

    @staticmethod
    def through(points: Array, normals: Array, masses: Array, expected: "EyeBall") -> "EyeBall":
        """The ball through a surface that may be no more than a part of it.

        Least squares over p − r n = c with unit normals n, which is linear in the radius r and the centre
        c and needs no more than a cap. What tells no radius, as a flat disc, gets the expected one.
        Normals may point either way: a wall of some thickness has two sides, and nobody can tell the
        front of a disc. Reweighted, so that corneas and pupils count for little.

        Parameters
        ----------
        points, normals, masses
            (k, 3), (k, 3) and (k,): the surface, unit normals, and areas.
        expected
            About where and how large it should be.
        """
        weights = masses / masses.sum()
        ball = expected
        for _ in range(_ROUNDS):
            inwards = ((points - ball.centre) * normals).sum(1) < 0
            normals = np.where(inwards[:, None], -normals, normals)
            middle, mean = weights @ points, weights @ normals
            away, turn = points - middle, normals - mean
            spread = float(weights @ (turn**2).sum(1))
            radius = float(weights @ (away * turn).sum(1) + _FLAT * expected.radius) / (spread + _FLAT)
            radius = float(np.clip(radius, _LEAST * expected.radius, _MOST * expected.radius))
            ball = EyeBall(middle - radius * mean, radius)
            off = ball.height(points) / (_ROUGH * radius)
            weights = masses / (1 + off**2)
            weights /= weights.sum()
        return ball

    def height(self, points: Array) -> Array:
        """(k,) how far points (k, 3) lie outside the ball, metres."""
        return np.linalg.norm(points - self.centre, axis=1) - self.radius
