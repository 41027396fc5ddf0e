# SPDX-License-Identifier: GPL-3.0-or-later
"""Similarity alignment of sampled heads and their principal components, exactly symmetric."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..mesh.similarity import similarity_fit

_AXIS = np.array([-1.0, 1.0, 1.0])


def mirrored(offsets: NDArray[np.float64], mirror: NDArray[np.int64]) -> NDArray[np.float64]:
    """Points or offsets (..., N, 3) reflected in the plane x = 0, rows kept in place."""
    return offsets[..., mirror, :] * _AXIS


def align(
    heads: NDArray[np.float64], reference: NDArray[np.float64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move, turn and scale each head (S, R, 3) onto ``reference`` (R, 3), judged on ``rows``.

    Ordinary Procrustes alignment. Returns the aligned heads and their sizes (S,)
    relative to the reference.
    """
    aligned, sizes = np.empty_like(heads), np.empty(len(heads))
    for index, head in enumerate(heads):
        motion = similarity_fit(head[rows], reference[rows])
        aligned[index], sizes[index] = motion(head), 1 / motion.scale
    return aligned, sizes


@dataclass(frozen=True, eq=False)
class Components:
    """Mean (R, 3) and modes (K, R, 3) at unit deviation; ``parity`` +1 symmetric, -1 antisymmetric."""

    mean: NDArray[np.float64]
    modes: NDArray[np.float64]
    parity: NDArray[np.int8]
    explained: NDArray[np.float64]


def symmetric_components(heads: NDArray[np.float64], mirror: NDArray[np.int64], count: int) -> Components:
    """Principal components of ``heads`` (S, R, 3) together with their mirror images.

    The covariance of a population that is closed under reflection splits into a symmetric and an
    antisymmetric block, so each block is solved alone and every mode has an exact parity. Modes of
    both blocks are ranked together by variance.
    """
    flipped = mirrored(heads, mirror)
    symmetric, antisymmetric = (heads + flipped) / 2, (heads - flipped) / 2
    mean = symmetric.mean(0)
    mean = (mean + mirrored(mean, mirror)) / 2
    found = []
    for parity, part in ((1, symmetric - mean), (-1, antisymmetric)):
        flat = part.reshape(len(part), -1)
        variance, vectors = np.linalg.eigh(flat @ flat.T / len(flat))
        order = np.argsort(variance)[::-1][:count]
        modes = (vectors[:, order].T @ flat / np.sqrt(len(flat))).reshape(len(order), -1, 3)
        modes = (modes + parity * mirrored(modes, mirror)) / 2
        found += [(float(variance[k]), parity, mode) for k, mode in zip(order, modes, strict=True)]
    total = sum(variance for variance, _, _ in found)
    found.sort(key=lambda entry: -entry[0])
    kept = found[:count]
    modes = np.stack([_with_fixed_sign(mode, mirror) for _, _, mode in kept])
    parity = np.array([sign for _, sign, _ in kept], np.int8)
    return Components(mean, modes, parity, np.cumsum([variance for variance, _, _ in kept]) / total)


def _with_fixed_sign(mode: NDArray[np.float64], mirror: NDArray[np.int64]) -> NDArray[np.float64]:
    """A mode's sign is arbitrary: the largest coordinate on one side is made positive."""
    one_side = mode[mirror > np.arange(len(mirror))].ravel()
    return mode if one_side[np.abs(one_side).argmax()] > 0 else -mode
