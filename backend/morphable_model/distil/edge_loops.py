# SPDX-License-Identifier: GPL-3.0-or-later
"""The loops of edges that run around the eyes and the mouth of the base mesh.

Counted outwards from the edge of a cavity, loops 0 and 1 line it, loop 2 is where the lids or
lips meet, and the loops after it are lid up to the crease, or lip up to the vermilion border.
"""

import numpy as np
from numpy.typing import NDArray

from ...mesh.topology import vertex_adjacency
from .base_mesh import HeadTopology

Mask = NDArray[np.bool_]
CONTACT_LOOP = 2


def cavity_loops(topology: HeadTopology, cavity: str) -> NDArray[np.int64]:
    """Loop number (N,) of the head's skin around the part ``cavity``; -1 elsewhere."""
    count = len(topology.source_vertex)
    head, inside = np.zeros(count, bool), np.zeros(count, bool)
    head[topology.part_vertices("face_head")] = True
    inside[topology.part_vertices(cavity)] = True
    neighbours = vertex_adjacency(topology.polygons, count)
    front, step = head & inside, 0
    loop = np.where(front, 0, -1)
    while front.any():
        step += 1
        front = (neighbours @ front > 0) & head & (loop < 0)
        loop[front] = step
    return loop
