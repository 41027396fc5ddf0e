# SPDX-License-Identifier: GPL-3.0-or-later
"""Named regions of the head, found from its edge loops and from what MakeHuman's sliders move."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..mesh.topology import open_rim, vertex_adjacency
from ..morphable_model.openings import Mask, Opening, opening_regions
from .base_mesh import HeadTopology
from .edge_loops import CONTACT_LOOP, LAST_LOOP, cavity_loops

_LID_LOOPS, _LIP_LOOPS = (LAST_LOOP, 7), (6, 7)  # the last of the upper and of the lower one
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
    eyes = Opening(cavity_loops(topology, "eye_cavity"), CONTACT_LOOP, *_LID_LOOPS)
    mouth = Opening(cavity_loops(topology, "mouth_cavity"), CONTACT_LOOP, *_LIP_LOOPS)
    seam = np.zeros(count, bool)
    seam[open_rim(topology.polygons[topology.face_part <= topology.part_names.index("mouth_cavity")])] = True
    seam = seam | (neighbours @ seam > 0) & skin

    regions = {
        "skin": skin,
        "sculptable": skin & ~eyes.lining & ~mouth.lining & ~seam,
        "neck_seam": seam,
        "inner_mouth": part("mouth_cavity", "tongue", "teeth_upper", "teeth_lower") | mouth.lining,
        "eye_lining": part("eye_cavity") | eyes.lining,
        **opening_regions(template, landmarks, jaw_open, eyes, mouth),
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
