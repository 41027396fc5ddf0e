# SPDX-License-Identifier: GPL-3.0-or-later
"""A sparse symmetric positive definite matrix, factored once for very many small right-hand sides."""

import numpy as np
import scipy.sparse.linalg as sparse_linalg
from numpy.typing import NDArray
from scipy import sparse

from ..kernels import kernel

Array = NDArray[np.float64]
Starts = NDArray[np.int64]
Places = NDArray[np.uint32]


def symmetric_lu(matrix: sparse.spmatrix) -> "sparse_linalg.SuperLU":
    """SuperLU's factors of a symmetric positive definite matrix (n, n), rows and columns permuted alike."""
    return sparse_linalg.splu(
        sparse.csc_matrix(matrix), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )


class SymmetricFactor:
    """A = L D Lᵀ up to a permutation that keeps L sparse.

    SuperLU factors; the triangular solves are our own, as they can leave out the rows that forces on a
    few vertices never reach.

    Parameters
    ----------
    matrix
        (n, n) symmetric positive definite.
    """

    def __init__(self, matrix: sparse.spmatrix) -> None:
        factor = symmetric_lu(matrix)
        # No row is ever exchanged for the sake of its pivot, so that U = D Lᵀ and the permutations agree.
        lower = sparse.csc_matrix(sparse.tril(factor.L, -1))
        # Unsigned, so that the compiled loop need not ask whether a place counts from the end.
        self._lower = lower.indptr.astype(np.int64), lower.indices.astype(np.uint32)
        self._values = np.asarray(lower.data, dtype=np.float64)
        self._diagonal = np.ascontiguousarray(factor.U.diagonal())
        self._place = np.asarray(factor.perm_c, dtype=np.int64)

    def solve(self, right: Array) -> Array:
        """A⁻¹ (n, 3) for a right-hand side (n, 3)."""
        ordered = np.empty((len(right), 3))
        ordered[self._place] = right
        _solve(*self._lower, self._values, self._diagonal, ordered)
        return ordered[self._place]

    def inverse_rows(self, rows: NDArray[np.intp]) -> Array:
        """(R, n) some rows of A⁻¹."""
        result = np.empty((len(rows), len(self._place)))
        for start in range(0, len(rows), 3):
            chosen = rows[start : start + 3]
            unit = np.zeros((len(self._place), 3))
            unit[chosen, np.arange(len(chosen))] = 1.0
            result[start : start + 3] = self.solve(unit).T[: len(chosen)]
        return result


@kernel
def _solve(starts: Starts, places: Places, values: Array, diagonal: Array, right: Array) -> None:
    """Replace ``right`` (n, 3) by (L D Lᵀ)⁻¹ of it; L's columns below its unit diagonal."""
    count = len(diagonal)
    for column in range(count):
        x, y, z = right[column, 0], right[column, 1], right[column, 2]
        if x == 0.0 and y == 0.0 and z == 0.0:
            continue  # nothing has reached this row
        for entry in range(starts[column], starts[column + 1]):
            row, value = places[entry], values[entry]
            right[row, 0] -= value * x
            right[row, 1] -= value * y
            right[row, 2] -= value * z
    for column in range(count - 1, -1, -1):
        x = right[column, 0] / diagonal[column]
        y = right[column, 1] / diagonal[column]
        z = right[column, 2] / diagonal[column]
        for entry in range(starts[column], starts[column + 1]):
            row, value = places[entry], values[entry]
            x -= value * right[row, 0]
            y -= value * right[row, 1]
            z -= value * right[row, 2]
        right[column, 0], right[column, 1], right[column, 2] = x, y, z
