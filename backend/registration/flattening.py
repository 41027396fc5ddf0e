# SPDX-License-Identifier: GPL-3.0-or-later
"""How a coarse mesh flattens a face: what it lacks of the ridges and folds that its triangles are too large for."""

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from ..mesh.areas import vertex_areas

Array = NDArray[np.float64]

_TIME = 0.1  # of a squared edge; the fit finds out how much of this flattening a mesh has
_FINEST, _COARSEST = 1e-8, 4e-4  # m², bounds of the squared edges by which a mesh is coarser
_EQUILATERAL = 4 / np.sqrt(3)  # squared edge ÷ area of an equilateral triangle


def squared_edges(areas: Array) -> Array:
    """Squared edge lengths of the equilateral triangles with these areas."""
    return _EQUILATERAL * areas


class Flattening:
    """Smooths a surface with triangles as fine as the template's to what coarser triangles show of it.

    Straight edges cut corners: on curvature κ a chord of length h runs κ h² / 8 inside the surface,
    which is a step of mean-curvature flow of a time proportional to h². Where a feature is smaller
    than the triangles, it is gone altogether, and so it is after an implicit step (Desbrun, Meyer,
    Schröder & Barr, "Implicit fairing of irregular meshes using diffusion and curvature flow", 1999),
    (M + t L) x' = M x, with a time t of its own at each vertex.

    How much a mesh flattens depends on who made it: with edges collapsed to their midpoints it
    lies far inside the surface, with vertices placed for least error it hardly does. So this only
    gives the shape of the error, for the fit to find out its size.

    Parameters
    ----------
    vertices, triangles
        (N, 3) template in metres and (M, 3); every vertex belongs to a triangle.
    """

    def __init__(self, vertices: Array, triangles: NDArray[np.integer]) -> None:
        faces = triangles.astype(np.int64)
        self._masses = vertex_areas(vertices, faces)
        self._own = squared_edges(3 * self._masses / np.bincount(faces.ravel(), minlength=len(vertices)))
        self._laplacian = -igl.cotmatrix(vertices, faces)

    def offsets(self, surface: Array, edges: Array) -> Array:
        """(N, 3) from the surface (N, 3) to what is left of it, metres.

        Parameters
        ----------
        surface
            Positions of the template's vertices.
        edges
            (N,) squared edge lengths of the mesh at each vertex, square metres. A mesh that is no
            coarser than the template lacks nothing.
        """
        times = _TIME * np.clip(edges - self._own, _FINEST, _COARSEST)
        masses = self._masses / times
        solver = splu((sparse.diags(masses) + self._laplacian).tocsc())
        return solver.solve(masses[:, None] * surface) - surface
