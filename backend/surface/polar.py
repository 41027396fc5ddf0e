# SPDX-License-Identifier: GPL-3.0-or-later
"""Polar decomposition of many 3×3 matrices at once."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(cache=True, parallel=True, fastmath=False)
def _nearest_rotations(matrices: NDArray[np.float64]) -> NDArray[np.float64]:  # pragma: no cover - compiled
    count = matrices.shape[0]
    rotations = np.empty_like(matrices)
    for index in prange(count):
        q = matrices[index].copy()
        cofactor = np.empty((3, 3))
        for _ in range(30):
            for i in range(3):
                for j in range(3):
                    a, b = (i + 1) % 3, (i + 2) % 3
                    c, d = (j + 1) % 3, (j + 2) % 3
                    cofactor[i, j] = q[a, c] * q[b, d] - q[a, d] * q[b, c]
            determinant = q[0, 0] * cofactor[0, 0] + q[0, 1] * cofactor[0, 1] + q[0, 2] * cofactor[0, 2]
            if abs(determinant) < 1e-12:
                break
            norm_q = np.sqrt(np.sum(q * q))
            norm_inverse = np.sqrt(np.sum(cofactor * cofactor)) / abs(determinant)
            scale = np.sqrt(norm_inverse / norm_q)
            change = 0.0
            for i in range(3):
                for j in range(3):
                    value = 0.5 * (scale * q[i, j] + cofactor[i, j] / (determinant * scale))
                    change += (value - q[i, j]) ** 2
                    q[i, j] = value
            if change < 1e-24:
                break
        rotations[index] = q
    return rotations


def nearest_rotations(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation factor R of the polar decomposition F = R S, for each 3×3 matrix.

    Scaled Newton iteration (Higham, "Computing the polar decomposition", SIAM J. Sci. Stat. Comput.
    7(4), 1986). A matrix with negative determinant (a turned-over triangle) gives the nearest
    orthogonal matrix, which is then a reflection; the caller decides whether that may occur.

    Parameters
    ----------
    matrices
        (..., 3, 3) non-singular matrices.

    Returns
    -------
    (..., 3, 3) orthogonal matrices.
    """
    flat = np.ascontiguousarray(matrices, dtype=np.float64).reshape(-1, 3, 3)
    return _nearest_rotations(flat).reshape(matrices.shape)
