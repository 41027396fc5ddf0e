# SPDX-License-Identifier: GPL-3.0-or-later
"""The loops of edges that run around the eyes and the mouth of the base mesh.

Counted outwards from the edge of a cavity, loops 0 and 1 line it, loop 2 is where the lids or
lips meet, and the loops after it are lid up to the crease, or lip up to the vermilion border.
"""

import numpy as np
from numpy.typing import NDArray

from ..mesh.topology import rings_around, vertex_adjacency
from .base_mesh import HeadTopology

CONTACT_LOOP = 2
LAST_LOOP = 8


def cavity_loops(topology: HeadTopology, cavity: str) -> NDArray[np.int64]:
    """Loop number (N,) of the head's skin around the part ``cavity``; -1 beyond ``LAST_LOOP`` and elsewhere."""
    head = topology.part_vertices("face_head")
    count = len(topology.source_vertex)
    rim = np.intersect1d(head, topology.part_vertices(cavity))
    within = np.isin(np.arange(count), head)
    return rings_around(rim, vertex_adjacency(topology.polygons, count), within, LAST_LOOP)
