# SPDX-License-Identifier: GPL-3.0-or-later
"""Which parts of a head share a material, and what that material looks like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rig.parts import SEE_THROUGH


@dataclass(frozen=True)
class PartGroup:
    """Parts that are drawn with one material.

    Attributes
    ----------
    name
        Name of the material.
    prefixes
        Parts whose name is one of these, or starts with one and an underscore, belong here.
    color
        (r, g, b) in 0..1, linear, as glTF's baseColorFactor takes it.
    roughness
        0 is a mirror, 1 is chalk.
    double_sided
        Whether the back is drawn too: lashes are single sheets.
    opacity
        Below 1 for lashes: their sheets stand for hairs with gaps between them.
    """

    name: str
    prefixes: tuple[str, ...]
    color: tuple[float, float, float]
    roughness: float
    double_sided: bool = False
    opacity: float = 1.0


SKIN = PartGroup("skin", ("face", "neck", "eye_cavity"), (0.665, 0.400, 0.291), 0.62)
GROUPS: tuple[PartGroup, ...] = (
    SKIN,
    PartGroup("mouth", ("mouth_cavity", "gums"), (0.232, 0.047, 0.043), 0.5),
    PartGroup("eyes", ("eye",), (0.888, 0.871, 0.847), 0.12),
    PartGroup("teeth", ("teeth",), (0.888, 0.831, 0.694), 0.28),
    PartGroup("tongue", ("tongue",), (0.604, 0.178, 0.171), 0.42),
    PartGroup("lashes", ("lashes",), (0.033, 0.019, 0.015), 0.8, double_sided=True, opacity=0.45),
    PartGroup("sheets", SEE_THROUGH, (0.9, 0.9, 0.9), 0.05, opacity=0.0),
)


def group_of_part(part: str) -> int:
    """Index into ``GROUPS`` of a part's group; parts nobody knows are skin."""
    for length in range(len(part), 0, -1):
        for row, group in enumerate(GROUPS):
            if part[:length] in group.prefixes and part[length : length + 1] in ("", "_"):
                return row
    return 0


def group_of_polygons(face_part: NDArray[np.uint8], part_names: tuple[str, ...]) -> NDArray[np.int64]:
    """(Q,) index into ``GROUPS`` of each polygon."""
    if not part_names:
        return np.zeros(len(face_part), np.int64)
    return np.array([group_of_part(name) for name in part_names])[face_part]
