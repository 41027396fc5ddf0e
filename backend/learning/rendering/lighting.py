# SPDX-License-Identifier: GPL-3.0-or-later
"""Light for training views: spherical harmonics of degree 2 and one key light, on grey clay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# Real spherical harmonics up to degree 2 as polynomials of a unit normal (x, y, z), in the usual
# order (0,0), (1,−1), (1,0), (1,1), (2,−2), (2,−1), (2,0), (2,1), (2,2). Columns: 1, x, y, z, xy,
# yz, xz, z², x²−y². Ramamoorthi and Hanrahan, "An efficient representation for irradiance
# environment maps", 2001, equation 3.
_HARMONICS = np.zeros((9, 9))
_HARMONICS[0, 0] = 0.5 * math.sqrt(1 / math.pi)
_HARMONICS[[1, 2, 3], [2, 3, 1]] = math.sqrt(3 / (4 * math.pi))
_HARMONICS[[4, 5, 7], [4, 5, 6]] = 0.5 * math.sqrt(15 / math.pi)
_HARMONICS[6, [0, 7]] = 0.25 * math.sqrt(5 / math.pi) * np.array([-1, 3])
_HARMONICS[8, 8] = 0.25 * math.sqrt(15 / math.pi)

_NOISE = 0.06  # of a jittered light


def _default_harmonics() -> Float:
    return np.array([1.30, 0.26, 0.22, -0.12, -0.05, 0.05, -0.06, 0.04, -0.03])


@dataclass(frozen=True, eq=False)
class Light:
    """What lights one view; directions are in the world, intensities have no unit.

    The grey of a point with unit normal n, seen from direction v, is
    ``albedo · (Σ harmonics·Y(n) + diffuse·max(0, n·l)) + specular·max(0, r·v)¹⁶`` with l the key
    light's direction and r its mirror image about n.

    Attributes
    ----------
    harmonics : (9,) coefficients of real spherical harmonics, degrees 0, 1, 2.
    direction : (3,) unit vector towards the key light.
    diffuse, specular : strength of the key light's two parts.
    albedo : reflectance of the grey material.
    """

    harmonics: Float = field(default_factory=_default_harmonics)
    direction: Float = field(default_factory=lambda: np.array([0.36, 0.48, 0.80]))
    diffuse: float = 0.35
    specular: float = 0.08
    albedo: float = 0.85

    def jittered(self, rng: np.random.Generator) -> Light:
        """A light near this one: coefficients and direction plus normal noise."""
        direction = self.direction + rng.normal(0.0, 2.0 * _NOISE, 3)
        return replace(
            self,
            harmonics=self.harmonics + rng.normal(0.0, _NOISE, 9) * np.linalg.norm(self.harmonics) / 3,
            direction=direction / np.linalg.norm(direction),
            diffuse=self.diffuse * float(np.exp(rng.normal(0.0, _NOISE))),
        )


def pack_lights(lights: Sequence[Light]) -> Float:
    """Lights as rows (V, 14) for the kernels: polynomial (9), direction (3), diffuse, specular.

    The polynomial and the diffuse strength have the albedo folded in.
    """
    rows = np.empty((len(lights), 14))
    for row, light in zip(rows, lights, strict=True):
        row[:9] = light.albedo * (np.asarray(light.harmonics, dtype=np.float64) @ _HARMONICS)
        row[9:12] = light.direction
        row[12:] = light.albedo * light.diffuse, light.specular
    return rows
