# SPDX-License-Identifier: GPL-3.0-or-later
"""The loops of edges that run around the eyes and the mouth of the base mesh.

Counted outwards from the edge of a cavity, loops 0 and 1 line it, loop 2 is where the lids or
lips meet, and the loops after it are lid up to the crease, or lip up to the vermilion border.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

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


def vertex_adjacency(polygons: NDArray[np.int64], count: int) -> csr_array:
    """(N, N) matrix with a one for every edge, in both directions."""
    edges = np.concatenate([polygons[:, [k, (k + 1) % 4]] for k in range(4)])
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    return csr_array(coo_array((np.ones(len(edges)), edges.T), shape=(count, count)))


def open_edge(polygons: NDArray[np.int64]) -> NDArray[np.int64]:
    """Vertices on edges that only one polygon uses."""
    edges = np.sort(np.concatenate([polygons[:, [k, (k + 1) % 4]] for k in range(4)]), axis=1)
    unique, uses = np.unique(edges, axis=0, return_counts=True)
    return np.unique(unique[uses == 1])
