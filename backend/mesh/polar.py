# SPDX-License-Identifier: GPL-3.0-or-later
"""Polar decomposition of many 3×3 matrices at once."""

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ..kernels import kernel

_UNTURNED = 1e-6  # of the squared norm, which is 3 for a rotation


@kernel
def _nearest_rotation(
    matrix: NDArray[np.float64], rotation: NDArray[np.float64]
) -> None:  # pragma: no cover - compiled
    # Single numbers only: slices and array expressions took the compiler half a minute, and ran half as fast.
    q, cofactor = np.empty((3, 3)), np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            q[i, j] = matrix[i, j]
    for _ in range(30):
        square_q, square_cofactor = 0.0, 0.0
        for i in range(3):
            a, b = (i + 1) % 3, (i + 2) % 3
            for j in range(3):
                c, d = (j + 1) % 3, (j + 2) % 3
                value = q[a, c] * q[b, d] - q[a, d] * q[b, c]
                cofactor[i, j] = value
                square_cofactor += value * value
                square_q += q[i, j] * q[i, j]
        determinant = q[0, 0] * cofactor[0, 0] + q[0, 1] * cofactor[0, 1] + q[0, 2] * cofactor[0, 2]
        if abs(determinant) < 1e-12:
            break
        norm_inverse = np.sqrt(square_cofactor) / abs(determinant)
        scale = np.sqrt(norm_inverse / np.sqrt(square_q))
        change = 0.0
        for i in range(3):
            for j in range(3):
                value = 0.5 * (scale * q[i, j] + cofactor[i, j] / (determinant * scale))
                change += (value - q[i, j]) ** 2
                q[i, j] = value
        if change < 1e-24:
            break
    for i in range(3):
        for j in range(3):
            rotation[i, j] = q[i, j]


@kernel(parallel=True)
def _nearest_rotations(matrices: NDArray[np.float64]) -> NDArray[np.float64]:  # pragma: no cover - compiled
    rotations = np.empty_like(matrices)
    for index in prange(len(matrices)):
        _nearest_rotation(matrices[index], rotations[index])
    return rotations


def nearest_rotations(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation factor R of the polar decomposition F = R S, for each 3×3 matrix.

    Scaled Newton iteration (Higham, "Computing the polar decomposition", SIAM J. Sci. Stat. Comput.
    7(4), 1986). A matrix with negative determinant (a turned-over triangle) gives the nearest
    orthogonal matrix, which is then a reflection; the caller decides whether that may occur.

    Parameters
    ----------
    matrices
        (..., 3, 3). Of a singular one, which has several nearest rotations, one is given.

    Returns
    -------
    (..., 3, 3) orthogonal matrices.
    """
    flat = np.ascontiguousarray(matrices, dtype=np.float64).reshape(-1, 3, 3)
    rotations = _nearest_rotations(flat)
    # Where the iteration has stopped at a singular matrix. NaN stays NaN.
    singular = np.abs(np.einsum("mix,mix->m", rotations, rotations) - 3.0) > _UNTURNED
    if singular.any():
        left, _, right = np.linalg.svd(flat[singular])
        left[:, :, 2] *= np.sign(np.linalg.det(left @ right))[:, None]
        rotations[singular] = left @ right
    return rotations.reshape(matrices.shape)
