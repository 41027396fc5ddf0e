# SPDX-License-Identifier: GPL-3.0-or-later
"""The network's unit, and a mesh of unknown unit, place and turn brought near the origin."""

import numpy as np
from numpy.typing import NDArray

from ..mesh.clean_mesh import CleanMesh

Array = NDArray[np.float64]

UNIT = 0.1
"""Metres per unit of the network's positions: a head is about one unit in radius."""

FINEST = 0.003
"""Units; the least error that the network may claim."""


def blind_placement(mesh: CleanMesh) -> tuple[float, Array]:
    """Scale and centre that make a mesh's area-weighted mean the origin and its RMS radius one unit."""
    weights = mesh.masses / mesh.masses.sum()
    middle = weights @ mesh.vertices
    radius = np.sqrt(weights @ ((mesh.vertices - middle) ** 2).sum(1))
    return float(1 / radius), middle
