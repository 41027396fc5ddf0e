# SPDX-License-Identifier: GPL-3.0-or-later
"""The head's skin as expressions see it: what shows, and the linings behind lids and lips that follow it."""

from functools import cached_property

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from ..mesh.areas import vertex_areas
from ..mesh.topology import split_quads
from .base_mesh import HeadTopology
from .edge_loops import CONTACT_LOOP, cavity_loops

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CAVITIES = ("eye_cavity", "mouth_cavity")
_REACH = 0.010  # m; deeper inside, a lining hardly knows what the skin does


class Skin:
    """Skin of the mean head with the linings of its eye sockets and its mouth.

    Parameters
    ----------
    topology
        The head's connectivity.
    template
        (N, 3) mean head, metres.
    """

    def __init__(self, topology: HeadTopology, template: Array) -> None:
        self.topology, self.template = topology, template
        self.loops = {cavity: cavity_loops(topology, cavity) for cavity in CAVITIES}
        """Loop number (N,) around each cavity, see `edge_loops`."""

    @cached_property
    def lining(self) -> Mask:
        """(N,) the cavities with the loops of skin that line them."""
        mask = np.zeros(len(self.template), bool)
        mask[self.topology.part_vertices(*CAVITIES)] = True
        for loops in self.loops.values():
            mask |= (loops >= 0) & (loops < CONTACT_LOOP)
        return mask

    @cached_property
    def outer(self) -> Mask:
        """(N,) the skin of face, head and neck that shows."""
        mask = np.zeros(len(self.template), bool)
        mask[self.topology.part_vertices("face_head", "neck")] = True
        return mask & ~self.lining

    @cached_property
    def areas(self) -> Array:
        """(N,) m²."""
        return vertex_areas(self.template, split_quads(self.topology.polygons)[0])

    def size(self, offset: Array) -> float:
        """Root of the integral of the squared motion of an offset (N, 3) over the skin that shows, m²."""
        return float(np.sqrt(self.areas[self.outer] @ (offset[self.outer] ** 2).sum(1)))

    def peak(self, offset: Array) -> float:
        """How far an offset (N, 3) moves the skin at most, metres: the 99.8th percentile of its vertices."""
        return float(np.percentile(np.linalg.norm(offset[self.outer], axis=1), 99.8))

    def continued(self, offset: Array, within: Mask | None = None) -> Array:
        """An offset (N, 3) with the linings, or those ``within`` a mask, following the skin before them.

        Screened membrane: the least ∫ |∇u|² + |u|²/l² that meets the skin.
        """
        inside = self.lining if within is None else within
        free = np.flatnonzero(inside)
        fixed = np.flatnonzero((self.outer | self.lining) & ~inside)
        stiffness = self._stiffness[free]
        matrix = stiffness[:, free] + sparse.diags(self.areas[free] / _REACH**2)
        result = offset.copy()
        result[free] = splu(sparse.csc_matrix(matrix)).solve(-(stiffness[:, fixed] @ offset[fixed]))
        return result

    @cached_property
    def _stiffness(self) -> sparse.csr_matrix:
        triangles = split_quads(self.topology.polygons)[0].astype(np.int64)
        whole = self.outer | self.lining
        return -sparse.csr_matrix(igl.cotmatrix(self.template, triangles[whole[triangles].all(1)]))
