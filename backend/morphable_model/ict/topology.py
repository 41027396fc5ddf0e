# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about ICT-FaceKit's mesh that its authors publish: which vertices are what."""

import numpy as np
from numpy.typing import NDArray

VERTICES = 26719
POLYGONS = 26384

PARTS = (
    ("face_head", 0),
    ("mouth_cavity", 11248),
    ("eye_cavity", 13294),
    ("gums", 14062),
    ("teeth_upper", 17039),
    ("teeth_lower", 19247),
    ("eye_l", 21451),
    ("eye_r", 23021),
    ("tear_line", 24591),
    ("tear_blend", 24999),
    ("lid_shadow", 25047),
    ("lashes", 25351),
)
"""Parts by our names, and the first vertex of each; a part ends where the next one begins."""

_RANGES = tuple(name for name, _ in PARTS)
PART_NAMES = (*_RANGES, "neck")
SOCKET_OF = {"left": (13294, 13678), "right": (13678, 14062)}
"""Vertices of each eye socket, from and up to."""
SCLERA_OF = {"left": (21451, 22221), "right": (23021, 23791)}
_NECK = 0.6
RIDING = ("tear_line", "tear_blend", "lid_shadow", "lashes")
"""Parts that lie on the lids."""

LANDMARKS = np.array(
    [
        *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443),
        *(268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509),
        *(978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360),
        *(1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732),
        *(5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841),
        *(5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
    ],
    dtype=np.int32,
)
"""The 68 Multi-PIE landmarks, iBUG order."""


def part_range(name: str) -> tuple[int, int]:
    """First vertex of a part, and the one after its last."""
    row = _RANGES.index(name)
    return PARTS[row][1], PARTS[row + 1][1] if row + 1 < len(PARTS) else VERTICES


def polygon_parts(polygons: NDArray[np.int32], neck_weight: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(Q,) index into ``PART_NAMES`` of each polygon.

    A strip of polygons that joins two parts belongs to the later one, as the authors count it.
    Skin that mostly follows the neck, by its skin weights (N,), is neck.
    """
    starts = np.array([start for _, start in PARTS])
    part = np.searchsorted(starts, polygons.max(axis=1), side="right") - 1
    part[(part == 0) & (neck_weight[polygons[:, :3]].min(axis=1) > _NECK)] = PART_NAMES.index("neck")
    return part.astype(np.uint8)
