# SPDX-License-Identifier: GPL-3.0-or-later
"""Named regions of the head, found from its edge loops and from what MakeHuman's sliders move."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...mesh.topology import open_rim, vertex_adjacency
from .base_mesh import HeadTopology
from .edge_loops import CONTACT_LOOP, Mask, cavity_loops

_UPPER_LID_LOOPS, _LOWER_LID_LOOPS = 8, 7
_UPPER_LIP_LOOPS, _LOWER_LIP_LOOPS = 6, 7
_SLIDER_REGIONS = {  # region → slider, and the share of its largest offset that counts as inside
    "ear_left": ("ears/l-ear-wing-incr", 0.15),
    "nose": ("nose/nose-trans-up", 0.5),
    "brow": ("eyebrows/eyebrows-trans-forward", 0.5),
    "cheek_left": ("cheek/l-cheek-volume-incr", 0.3),
    "chin": ("chin/chin-prominent-incr", 0.4),
    "forehead": ("forehead/forehead-trans-forward", 0.5),
    "mouth": ("mouth/mouth-trans-up", 0.5),
}


def find_regions(
    topology: HeadTopology,
    template: NDArray[np.float64],
    landmarks: NDArray[np.int64],
    jaw_open: NDArray[np.float64],
    jaw_weight: NDArray[np.float64],
    read_slider: Callable[[str], NDArray[np.float64]],
) -> dict[str, Mask]:
    """Masks (N,) by name.

    Parameters
    ----------
    template
        (N, 3) mean head.
    landmarks
        (68,) vertices in iBUG order.
    jaw_open, jaw_weight
        (N, 3) offsets of the expression jawOpen, and (N,) skin weights of the jaw.
    read_slider
        Offsets (N, 3) of a MakeHuman target by its path below the targets folder.
    """
    count, mirror = len(template), topology.mirror
    neighbours = vertex_adjacency(topology.polygons, count)

    def part(*names: str) -> Mask:
        mask = np.zeros(count, bool)
        mask[topology.part_vertices(*names)] = True
        return mask

    skin = part("face_head", "neck")
    eye_loop, mouth_loop = cavity_loops(topology, "eye_cavity"), cavity_loops(topology, "mouth_cavity")
    seam = np.zeros(count, bool)
    seam[open_rim(topology.polygons[topology.face_part <= topology.part_names.index("mouth_cavity")])] = True
    seam = seam | (neighbours @ seam > 0) & skin

    points = template[landmarks]
    left = template[:, 0] > 0
    lid_split = (
        _height_along(template, points[[42, 45]]) * left + _height_along(template, points[[36, 39]]) * ~left
    )
    above_lid = template[:, 1] > lid_split
    fall = np.linalg.norm(jaw_open, axis=1)
    above_lip = fall < fall[landmarks[[62, 66]]].mean()
    upper_lid = _between(eye_loop, CONTACT_LOOP, _UPPER_LID_LOOPS) & above_lid
    lower_lid = _between(eye_loop, CONTACT_LOOP, _LOWER_LID_LOOPS) & ~above_lid
    upper_lip = _between(mouth_loop, CONTACT_LOOP, _UPPER_LIP_LOOPS) & above_lip
    lower_lip = _between(mouth_loop, CONTACT_LOOP, _LOWER_LIP_LOOPS) & ~above_lip
    lining = _between(eye_loop, 0, CONTACT_LOOP - 1) | _between(mouth_loop, 0, CONTACT_LOOP - 1)

    regions = {
        "skin": skin,
        "sculptable": skin & ~lining & ~seam,
        "neck_seam": seam,
        "inner_mouth": part("mouth_cavity", "tongue", "teeth_upper", "teeth_lower")
        | _between(mouth_loop, 0, CONTACT_LOOP - 1),
        "eye_lining": part("eye_cavity") | _between(eye_loop, 0, CONTACT_LOOP - 1),
        "lids": upper_lid | lower_lid,
        "lid_upper_left": upper_lid & left,
        "lid_upper_right": upper_lid & left[mirror],
        "lid_lower_left": lower_lid & left,
        "lid_lower_right": lower_lid & left[mirror],
        "lips": upper_lip | lower_lip,
        "lip_upper": upper_lip,
        "lip_lower": lower_lip,
        "jaw": skin & (jaw_weight > 0.4),
    }
    for region, (slider, share) in _SLIDER_REGIONS.items():
        length = np.linalg.norm(read_slider(slider), axis=1)
        inside = skin & (length > share * length[skin].max())
        if region.endswith("_left"):
            regions[region] = inside
            regions[region.replace("_left", "_right")] = inside[mirror]
        else:
            regions[region] = inside | inside[mirror]
    return regions


def _between(loop: NDArray[np.int64], first: int, last: int) -> Mask:
    return (loop >= first) & (loop <= last)


def _height_along(points: NDArray[np.float64], line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height (N,) of the polyline (L, 3) at each point's x, level beyond its ends."""
    order = np.argsort(line[:, 0])
    return np.interp(points[:, 0], line[order, 0], line[order, 1])
