# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth corrections of a patch of skin that answer to conditions on some of its vertices."""

from dataclasses import replace

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..mesh.areas import vertex_areas
from ..mesh.symmetric_factor import SymmetricFactor
from .conditions import condition_forces
from .rows import ContactRows

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_MANY = 1200  # conditions; a dense system of that size is solved in a tenth of a second
_PLACE = 0.0015  # m; of crowded conditions one is kept in each cube of this size
_FIRST = 256  # responses; room for more is made by doubling
_SLACK = 0.001  # m; a one-sided condition with more to spare is not broken by the others


class CorrectionSpace:
    """Displacements of skin, zero outside its members, as small and as smooth as conditions allow.

    A displacement c costs ½ Σ_xyz cᵀ K c with K = (L + M/ℓ²) M⁻¹ (L + M/ℓ²), the screened
    bi-Laplacian of the template (L cotangent Laplacian, M lumped masses): what meets a condition at
    a vertex fades within a few ℓ and has no spike there. A solve only needs the rows of K⁻¹ at the
    vertices that conditions are about; each is computed once and kept. A face then costs one dense
    system as large as its number of active conditions.

    Parameters
    ----------
    vertices, triangles
        (N, 3) template in metres and (M, 3) its triangles.
    members
        Sorted vertices that may move.
    length
        ℓ, metres.
    """

    def __init__(self, vertices: Array, triangles: NDArray[np.int32], members: Indices, length: float) -> None:
        local = np.full(len(vertices), -1, dtype=np.int64)
        local[members] = np.arange(len(members))
        touching = (local[triangles] >= 0).any(axis=1)
        border = np.setdiff1d(triangles[touching], members)
        patch = np.concatenate([members, border])
        local[border] = len(members) + np.arange(len(border))
        faces = local[triangles[touching]]
        positions = vertices[patch]
        weights = np.clip(igl.cotmatrix_entries(positions, faces), 0.02, 5.0)
        i, j = faces[:, [1, 2, 0]].ravel(), faces[:, [2, 0, 1]].ravel()
        off = sparse.coo_matrix((weights.ravel(), (i, j)), shape=(len(patch), len(patch)))
        off = off + off.T
        laplacian = sparse.diags(np.asarray(off.sum(1)).ravel()) - off
        inner = len(members)
        mass = vertex_areas(positions, faces.astype(np.int32))
        screened = laplacian.tocsr()[:inner] + sparse.diags(mass / length**2, shape=(inner, len(patch)), format="csr")
        # In units of ℓ the entries are of order one.
        energy = screened @ sparse.diags(length**2 / mass) @ screened.T
        self._factor = SymmetricFactor(energy[:, :inner])
        self.members = members
        self._vertices = vertices
        self._local = np.where(local < inner, local, -1)
        self._known = np.full(len(vertices), -1, dtype=np.int64)
        self._responses = np.zeros((_FIRST, inner))
        self._count = 0

    def smoothed(self, forces: Array, freedom: Array) -> Array:
        """The displacement F K⁻¹ F f (A, 3) of the members by forces f (N, 3); F = ``freedom`` (N,), 0 to 1."""
        free = freedom[self.members, None]
        return free * self._factor.solve(free * forces[self.members])

    def _compliance(self, vertices: Indices) -> Array:
        """(H, H) displacement of each of the given members when one of them is pushed."""
        new = vertices[self._known[vertices] < 0]
        if len(new):
            end = self._count + len(new)
            if end > len(self._responses):
                grown = np.zeros((max(end, 2 * len(self._responses)), len(self.members)))
                grown[: self._count] = self._responses[: self._count]
                self._responses = grown
            self._known[new] = np.arange(self._count, end)
            self._responses[self._count : end] = self._factor.inverse_rows(self._local[new])
            self._count = end
        return self._responses[self._known[vertices][:, None], self._local[vertices]]

    def _thinned(self, rows: ContactRows) -> ContactRows:
        """Of very many one-sided conditions the most urgent one per place; a correction spans many places.

        Dense meshes have thousands of pairs of lip vertices, and the dense system grows with their cube.
        """
        if len(rows) <= _MANY:
            return rows
        place = np.floor(self._vertices[rows.vertices[:, 0]] / _PLACE).astype(np.int64)
        order = np.lexsort((-rows.wanted, place[:, 2], place[:, 1], place[:, 0]))
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(place[order], axis=0) != 0).any(axis=1)
        keep = ~rows.one_sided
        keep[order[first]] = True
        return rows.where(keep)

    def correct(self, rows: ContactRows, freedom: Array) -> Array:
        """The cheapest displacement (A, 3) of the members that meets the conditions, metres.

        Parameters
        ----------
        rows
            Conditions; what they say of vertices that cannot move is left out.
        freedom
            (N,) from 0 (a vertex that must not move) to 1.
        """
        free = np.where(self._local >= 0, freedom, 0.0)
        coefficients = rows.coefficients * free[rows.vertices]
        rows = rows.where((coefficients != 0).any(axis=1) & (~rows.one_sided | (rows.wanted > -_SLACK)))
        rows = self._thinned(rows)
        coefficients = rows.coefficients * free[rows.vertices]
        if not len(rows):
            return np.zeros((len(self.members), 3))
        used = coefficients != 0
        places = np.zeros(used.shape, dtype=np.int64)
        handles, places[used] = np.unique(rows.vertices[used], return_inverse=True)
        forces = condition_forces(replace(rows, coefficients=coefficients), self._compliance(handles), places)
        pushes = np.zeros_like(self._vertices)
        along = forces[:, None] * rows.directions
        np.add.at(pushes, rows.vertices, rows.coefficients[:, :, None] * along[:, None])
        return self.smoothed(pushes, free)
