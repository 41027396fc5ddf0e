# SPDX-License-Identifier: GPL-3.0-or-later
"""Named regions of ICT-FaceKit's head: lids and lips by their edge rings, the rest from the default head."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...mesh.topology import open_rim, rings_around
from ..carried import carry_regions
from ..openings import Array, Mask, Opening, opening_regions
from .expressions import lid_rings
from .topology import part_range

_LAST_LID_RING, _LAST_LIP_RING = 8, 10
_CARRIED = ("brow", "cheek_left", "cheek_right", "chin", "forehead", "mouth", "nose")


def find_regions(
    template: Array,
    polygons: NDArray[np.int32],
    adjacency: sparse.csr_matrix,
    landmarks: NDArray[np.integer],
    jaw_open: Array,
    jaw_weight: Array,
    warped: Array,
) -> dict[str, Mask]:
    """Masks (N,) by the names that the default head's regions have.

    Parameters
    ----------
    template, polygons, adjacency
        (N, 3) metres, (Q, 4), and the pattern of the edges.
    landmarks
        (68,) vertices in iBUG order.
    jaw_open, jaw_weight
        (N, 3) offsets of jawOpen and (N,) skin weights of the jaw.
    warped
        The default head's skin laid over the template; see `carried.warp_default`.
    """
    count = len(template)
    face = _between(count, *part_range("face_head"))
    left = template[:, 0] > 0
    rings = [lid_rings(adjacency, face, side, _LAST_LID_RING) for side in ("left", "right")]
    eyes = Opening(np.maximum(*rings), 2, _LAST_LID_RING, _LAST_LID_RING)
    bag = _between(count, *part_range("mouth_cavity"))
    rim = np.flatnonzero(face & (adjacency @ bag.astype(np.float64) > 0))
    mouth = Opening(rings_around(rim, adjacency, face, _LAST_LIP_RING), 1, _LAST_LIP_RING, _LAST_LIP_RING)
    seam = np.zeros(count, bool)
    seam[open_rim(polygons[(polygons < part_range("face_head")[1]).all(1)])] = True
    seam &= template[:, 1] < template[landmarks[8], 1]
    seam |= (adjacency @ seam.astype(np.float64) > 0) & face
    ears = _ears(template) & face
    regions = {
        "skin": face,
        "sculptable": face & ~eyes.lining & ~mouth.lining & ~seam,
        "neck_seam": seam,
        "inner_mouth": bag | _between(count, part_range("gums")[0], part_range("teeth_lower")[1]) | mouth.lining,
        "eye_lining": _between(count, *part_range("eye_cavity")) | eyes.lining,
        **opening_regions(template, landmarks, jaw_open, eyes, mouth),
        "jaw": face & (jaw_weight > 0.4),
        "ear_left": ears & left,
        "ear_right": ears & ~left,
    }
    return regions | carry_regions(template, warped, np.flatnonzero(face), _CARRIED)


def _ears(template: Array) -> Mask:
    """Skin that lies farther out than the head does between tragus, nape and lobe; the mean head never changes."""
    out, height, forward = np.abs(template[:, 0]), template[:, 1], template[:, 2]
    beside = (height > -0.056) & (height < 0.0025) & (forward > -0.106) & (forward < -0.064)
    concha = (height > -0.040) & (height < -0.012) & (forward > -0.090) & (out > 0.060)
    return beside & (concha | (out > np.interp(height, [-0.056, -0.030, 0.002], [0.0675, 0.0715, 0.0745])))


def _between(count: int, first: int, end: int) -> Mask:
    rows = np.arange(count)
    return (rows >= first) & (rows < end)
