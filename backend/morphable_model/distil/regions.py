# SPDX-License-Identifier: GPL-3.0-or-later
"""Named regions of the head, found from its parts and from what the expressions move."""

import numpy as np
from numpy.typing import NDArray

from .base_mesh import HeadTopology


def find_regions(
    topology: HeadTopology, template: NDArray[np.float64], expressions: dict[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.bool_]]:
    """Masks (N,) by name; ``expressions`` are offsets (N, 3) by ARKit name, metres."""
    count = len(template)

    def part(*names: str) -> NDArray[np.bool_]:
        mask = np.zeros(count, bool)
        mask[topology.part_vertices(*names)] = True
        return mask

    skin = part("face_head", "neck")
    inner = part("mouth_cavity", "tongue", "teeth_upper", "teeth_lower")
    sculptable = skin | part("eye_cavity")
    return {"skin": skin, "inner_mouth": inner, "sculptable": sculptable}
