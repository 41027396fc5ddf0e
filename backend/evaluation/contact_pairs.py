# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vertices of the source model touch when lids or lips close.

Found on the source face alone, never on a styled one, so that no method influences them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from backend.morphable_model import MorphableModel
from backend.rig.parts import RIDING

from .eye_closure import EYES, in_parts

TOUCHING = 0.002
"""Vertices nearer than this in the closed pose touch, metres."""
APART = 0.004
"""…if they are farther apart than this in the open pose, metres."""


@dataclass(frozen=True, eq=False)
class ContactPairs:
    """Pairs of vertices that face each other across a slit.

    Attributes
    ----------
    upper, lower
        (P,) vertex indices above and below the slit.
    opening
        (P, 3) unit vectors on the source face that point from the lower to the upper vertex
        when the slit is open.
    """

    upper: NDArray[np.intp]
    lower: NDArray[np.intp]
    opening: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.upper)


def expression(model: MorphableModel, weights: dict[str, float]) -> NDArray[np.float64]:
    """(N, 3) summed offsets of the named expressions of the source model, metres."""
    names = list(model.expression_names)
    total = np.zeros(model.template.shape, np.float64)
    for name, weight in weights.items():
        total += weight * model.expression_basis[names.index(name)].astype(np.float64)
    return total


def skin_vertices(model: MorphableModel) -> NDArray[np.intp]:
    """Indices of the vertices of the skin: all parts but eyes, tongue, teeth and lashes."""
    inner = in_parts(model, *EYES, "tongue", "teeth_upper", "teeth_lower", "gums", *RIDING)
    return np.unique(model.triangles[~inner]).astype(np.intp)


def lid_pairs(model: MorphableModel, source: NDArray[np.float64], side: str) -> ContactPairs:
    """Pairs of one eye ("Left" or "Right"), touching at full blink, apart at neutral.

    ``source`` is the neutral source face (N, 3). The upper vertex is the one that the blink
    moves further; ``opening`` is the direction from lower to upper at neutral.
    """
    blink = expression(model, {f"eyeBlink{side}": 1.0})
    return _pairs(source + blink, source, np.linalg.norm(blink, axis=1), skin_vertices(model))


def lip_pairs(model: MorphableModel, source: NDArray[np.float64], weights: dict[str, float]) -> ContactPairs:
    """Pairs of the lips, touching in the given closed pose, apart when the jaw opens.

    The lower vertex is the one that jawOpen moves further. Pairs that are more than four times
    `APART` from each other at neutral (a roof and a floor of the mouth) are no lips.
    """
    jaw = expression(model, {"jawOpen": 1.0})
    moved = -np.linalg.norm(jaw, axis=1)
    pairs = _pairs(source + expression(model, weights), source + jaw, moved, skin_vertices(model))
    near = np.linalg.norm(source[pairs.upper] - source[pairs.lower], axis=1) < 4 * APART
    return ContactPairs(pairs.upper[near], pairs.lower[near], pairs.opening[near])


def _pairs(
    closed: NDArray[np.float64], opened: NDArray[np.float64], upperness: NDArray[np.float64], among: NDArray[np.intp]
) -> ContactPairs:
    found = KDTree(closed[among]).query_pairs(TOUCHING, output_type="ndarray")
    first, second = among[found[:, 0]], among[found[:, 1]]
    swap = upperness[second] > upperness[first]
    upper, lower = np.where(swap, second, first), np.where(swap, first, second)
    offset = opened[upper] - opened[lower]
    distance = np.linalg.norm(offset, axis=1)
    apart = distance > APART
    return ContactPairs(upper[apart], lower[apart], offset[apart] / distance[apart, None])
