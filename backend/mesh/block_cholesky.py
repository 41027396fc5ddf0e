# SPDX-License-Identifier: GPL-3.0-or-later
"""Cholesky factors of a surface's systems with several unknowns a vertex, from dense blocks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import get_blas_funcs, get_lapack_funcs

from ..kernels import kernel
from .dissection import Dissection

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_trsm, _trsv, _syrk = get_blas_funcs(("trsm", "trsv", "syrk"), dtype=np.float64)
(_potrf,) = get_lapack_funcs(("potrf",), dtype=np.float64)


@kernel
def add_lower(own: Array, rest: Array, update: Array, places: Indices) -> None:  # pragma: no cover - compiled
    """Add the lower triangle of ``update`` (b, b) to rows and columns ``places`` (b,), rising, of a front.

    The front's first columns are ``own`` (rows, size), and ``rest`` (rows − size, rows − size) is what is
    left of it without its first rows.
    """
    size = own.shape[1]
    for i in range(len(places)):
        row = places[i]
        for j in range(i + 1):
            if places[j] < size:
                own[row, places[j]] += update[i, j]
            else:
                rest[row - size, places[j] - size] += update[i, j]


@dataclass(frozen=True, eq=False)
class _Front:
    """One set of the dissection, w unknowns a vertex: where its unknowns are in the order of elimination."""

    start: int
    size: int
    boundary: Indices
    children: list[tuple[int, Indices]]
    """Numbers of the children, and where their boundaries are in this front."""


class BlockCholesky:
    """Factors symmetric positive definite matrices of one sparsity; make it once per sparsity.

    The multifrontal method (Duff & Reid, "The multifrontal solution of indefinite sparse symmetric
    linear equations", ACM TOMS 9, 1983): each set of the dissection is eliminated from a small dense
    matrix of itself and the later unknowns it touches, and what is left is added to its parent's. A
    registration's systems take 0.6 of SuperLU's time (`python -m benchmarks solvers`), which knows
    neither symmetry nor the blocks.

    Parameters
    ----------
    dissection
        Of the graph of n vertices.
    width
        Unknowns of a vertex, w; vertex v has rows w v … w v + w − 1.
    """

    def __init__(self, dissection: Dissection, width: int) -> None:
        order = dissection.order
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        self._order = _unknowns(order, width)
        self._fronts: list[_Front] = []
        self._rows: list[Indices] = []  # of each front: all its unknowns, in the order of elimination
        start = 0
        for own, later, children in zip(dissection.own, dissection.boundary, dissection.children, strict=True):
            boundary = _unknowns(place[later], width)
            rows = np.concatenate([np.arange(start, start + width * len(own)), boundary])
            inside = [(child, np.searchsorted(rows, self._fronts[child].boundary)) for child in children]
            self._fronts.append(_Front(start, width * len(own), boundary, inside))
            self._rows.append(rows)
            start += width * len(own)

    def factored(self, matrix: sparse.spmatrix) -> "BlockFactor":
        """The factor of a matrix (w n, w n) that has entries only along the graph and within vertices.

        Raises
        ------
        ValueError
            When it is not positive definite, or has other entries.
        """
        ordered = sparse.csr_matrix(matrix)[self._order][:, self._order]
        left: dict[int, Array] = {}
        blocks: list[tuple[Array, Array]] = []
        for number, (front, rows) in enumerate(zip(self._fronts, self._rows, strict=True)):
            size = front.size
            own, rest = np.zeros((len(rows), size)), np.zeros((len(front.boundary), len(front.boundary)))
            begin = ordered.indptr[front.start : front.start + size + 1]
            indices, values = ordered.indices[begin[0] : begin[-1]], ordered.data[begin[0] : begin[-1]]
            later = indices >= front.start
            column = np.repeat(np.arange(size), np.diff(begin))[later]
            row = np.searchsorted(rows, indices[later])
            if (row == len(rows)).any() or (rows[row] != indices[later]).any():
                raise ValueError("the matrix has entries where its graph has no edge")
            own[row, column] = values[later]  # its rows, which are its columns
            for child, places in front.children:
                if len(places):
                    add_lower(own, rest, left.pop(child), places)
            if not size:  # pieces that hang together nowhere need nothing to separate them
                left[number] = rest
                blocks.append((own, own.T))
                continue
            # LAPACK reads a lower triangle by rows as an upper one by columns, and works in place.
            root, wrong = _potrf(own[:size].T, lower=0, overwrite_a=1)
            if wrong:
                raise ValueError("the matrix is not positive definite")
            beside = own[size:].T
            if len(rest):
                beside = _trsm(1.0, root, beside, trans_a=1, overwrite_b=1)
                left[number] = _syrk(-1.0, beside, beta=1.0, c=rest.T, trans=1, overwrite_c=1).T
            blocks.append((root, beside))
        return BlockFactor(self._order, self._fronts, blocks)


class BlockFactor:
    """A factored matrix; see `BlockCholesky`."""

    def __init__(self, order: Indices, fronts: list[_Front], blocks: list[tuple[Array, Array]]) -> None:
        self._order, self._fronts, self._blocks = order, fronts, blocks

    def solve(self, right: Array) -> Array:
        """Solution (w n,) of the system with this right-hand side."""
        x = right[self._order]
        steps = [(front, *blocks) for front, blocks in zip(self._fronts, self._blocks, strict=True) if front.size]
        for front, root, beside in steps:
            own = slice(front.start, front.start + front.size)
            x[own] = _trsv(root, x[own], trans=1)
            x[front.boundary] -= x[own] @ beside
        for front, root, beside in reversed(steps):
            own = slice(front.start, front.start + front.size)
            x[own] = _trsv(root, x[own] - beside @ x[front.boundary])
        result = np.empty_like(x)
        result[self._order] = x
        return result


def _unknowns(vertices: Indices, width: int) -> Indices:
    return (width * vertices[:, None] + np.arange(width)).ravel()
