# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes and mouths that are closed in a mesh: painted on the skin, or lips in one piece."""

import igl
import numpy as np
from numpy.typing import NDArray

from ...morphable_model import MorphableModel

Array = NDArray[np.float64]
Faces = NDArray[np.int64]


def closed_openings(model: MorphableModel, skin: Faces, behind: str) -> Faces:
    """Triangles (k, 3) over the holes that the skin (m, 3) has where the part ``behind`` begins."""
    if behind not in model.part_names:
        return np.empty((0, 3), np.int64)
    part = model.part_vertices(behind)
    loops = [np.asarray(loop, np.int64) for loop in igl.boundary_loop_all(skin)]
    closed = [_strip(loop, model.template[:, 0]) for loop in loops if np.isin(loop, part).all()]
    return np.concatenate(closed) if closed else np.empty((0, 3), np.int64)


def _strip(loop: NDArray[np.int64], across: NDArray[np.floating]) -> Faces:
    """A strip of triangles between the upper and the lower half of a loop (n,), from one corner to the other."""
    loop = np.roll(loop, -int(across[loop].argmax()))
    one, other = 1, len(loop) - 1
    triangles = [(loop[one], loop[0], loop[other])]
    while other - one > 1:
        ahead, back = loop[one + 1], loop[other - 1]
        if across[ahead] > across[back]:
            triangles.append((ahead, loop[one], loop[other]))
            one += 1
        else:
            triangles.append((loop[other], back, loop[one]))
            other -= 1
    return np.array(triangles, np.int64)
