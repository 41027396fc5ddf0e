# SPDX-License-Identifier: GPL-3.0-or-later
"""Surfaces from deformation gradients: a screened Poisson system with linear constraint rows."""

import igl
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .symmetric_factor import symmetric_lu

Array = NDArray[np.float64]
Triangles = NDArray[np.int32]

_STEEPEST = 5.0  # the largest half cotangent that counts in full
_FLAT = 1e4  # half cotangent; with a larger one a triangle has no angles to speak of
_EQUILATERAL = 0.5 / np.sqrt(3.0)


class PoissonSystem:
    """min over x of Σ_f Σ_edges w ‖(x_i − x_j) − t_ij‖² + ‖x − a‖²_D + ‖C x − d‖²_W, factored once.

    ``t`` are target edges, ``a`` anchor positions with vertex weights D, ``C x = d`` soft linear
    constraints with weights W. The weights w are the cotangents of one reference surface, so that
    one factorisation serves every face of a morphable model. Obtuse corners keep their negative
    cotangents: only all three together measure a triangle's deformation (with these raised to a positive
    floor, a sculpted moustache moved another way than deformation transfer moves it). Slivers count less, as wholes, which keeps the matrix positive semidefinite, and triangles
    that a sculptor collapsed count as equilateral ones. Factored in double precision: single precision
    costs accuracy here.

    Parameters
    ----------
    reference
        (N, 3) surface whose cotangents weigh the edges, metres.
    triangles
        (M, 3) vertex indices.
    anchor_weights
        (N,) non-negative, the diagonal D; every connected component needs an anchor or a constraint.
    constraints
        (K, N) sparse matrix C, or None.
    constraint_weights
        (K,) positive weights W.
    """

    def __init__(
        self,
        reference: Array,
        triangles: Triangles,
        anchor_weights: Array,
        constraints: sparse.spmatrix | None = None,
        constraint_weights: Array | None = None,
    ) -> None:
        count = len(reference)
        self._tail = triangles[:, [1, 2, 0]].ravel()
        self._head = triangles[:, [2, 0, 1]].ravel()
        weights = _half_cotangents(reference, triangles).ravel()
        edges = np.arange(len(weights))
        # (N, 3M): sums the weighted target edges that meet at a vertex.
        self._divergence = sparse.csr_matrix(
            (
                np.concatenate([weights, -weights]),
                (np.concatenate([self._head, self._tail]), np.concatenate([edges, edges])),
            ),
            shape=(count, len(weights)),
        )
        difference = sparse.csr_matrix(
            (
                np.concatenate([np.ones(len(edges)), -np.ones(len(edges))]),
                (np.concatenate([edges, edges]), np.concatenate([self._head, self._tail])),
            ),
            shape=(len(edges), count),
        )
        matrix = self._divergence @ difference + sparse.diags(anchor_weights)
        self._anchor_weights = np.asarray(anchor_weights, dtype=np.float64)
        self._right_constraints: sparse.csr_matrix | None = None
        if constraints is not None and constraint_weights is not None:
            weighted = sparse.diags(constraint_weights) @ sparse.csr_matrix(constraints)
            self._right_constraints = sparse.csr_matrix(weighted.T)
            matrix = matrix + sparse.csr_matrix(constraints).T @ weighted
        self._factor = symmetric_lu(matrix)

    def edges(self, vertices: Array) -> Array:
        """Edge vectors (..., M, 3, 3) of a surface in this system's order; the last axis is xyz."""
        edges = vertices[..., self._head, :] - vertices[..., self._tail, :]
        return edges.reshape(*edges.shape[:-2], -1, 3, 3)

    def solve(self, target_edges: Array, anchors: Array, constraint_values: Array | None = None) -> Array:
        """Surfaces (B, N, 3) whose edges are nearest to the targets.

        Parameters
        ----------
        target_edges
            (B, M, 3, 3) as `edges` orders them, metres.
        anchors
            (B, N, 3) anchor positions, metres.
        constraint_values
            (B, K, 3) right-hand sides d, metres; required when the system has constraints.
        """
        batch, count = anchors.shape[:2]
        flat = target_edges.reshape(batch, -1, 3).transpose(1, 0, 2).reshape(-1, batch * 3)
        right = self._divergence @ flat
        right += self._anchor_weights[:, None] * anchors.transpose(1, 0, 2).reshape(count, -1)
        if self._right_constraints is not None and constraint_values is not None:
            right += self._right_constraints @ constraint_values.transpose(1, 0, 2).reshape(-1, batch * 3)
        return self._factor.solve(np.ascontiguousarray(right)).reshape(count, batch, 3).transpose(1, 0, 2)


def _half_cotangents(vertices: Array, triangles: Triangles) -> Array:
    """(M, 3) half the cotangent opposite each edge, those of slivers smaller."""
    entries = igl.cotmatrix_entries(vertices, triangles)
    largest = np.abs(entries).max(axis=1, keepdims=True)
    sound = largest < _FLAT  # and not NaN
    scaled = np.divide(_STEEPEST, largest, where=sound, out=np.ones_like(largest))
    return np.where(sound, entries * np.minimum(1.0, scaled), _EQUILATERAL)
