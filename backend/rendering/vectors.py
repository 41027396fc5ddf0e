# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors in compiled loops: three numbers each, so that nothing is allocated."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..kernels import kernel
from .arrays import Floats

Vector = tuple[float, float, float]


@kernel
def row(rows: NDArray[Any], i: int) -> tuple[Any, Any, Any]:  # pragma: no cover - compiled
    """The three numbers of row ``i``."""
    return rows[i, 0], rows[i, 1], rows[i, 2]


@kernel
def add(rows: Floats, i: int, a: Vector) -> None:  # pragma: no cover - compiled
    """Add ``a`` to row ``i``."""
    rows[i, 0] += a[0]
    rows[i, 1] += a[1]
    rows[i, 2] += a[2]


@kernel
def mix(rows: Floats, corners: tuple[int, int, int], weights: Vector) -> Vector:  # pragma: no cover - compiled
    """The rows of three corners, weighed and summed."""
    (i, j, k), (u, v, w) = corners, weights
    return (
        u * rows[i, 0] + v * rows[j, 0] + w * rows[k, 0],
        u * rows[i, 1] + v * rows[j, 1] + w * rows[k, 1],
        u * rows[i, 2] + v * rows[j, 2] + w * rows[k, 2],
    )


@kernel
def plus(a: Vector, b: Vector) -> Vector:  # pragma: no cover - compiled
    """Sum of two vectors."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


@kernel
def minus(a: Vector, b: Vector) -> Vector:  # pragma: no cover - compiled
    """Difference of two vectors."""
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


@kernel
def dot(a: Vector, b: Vector) -> float:  # pragma: no cover - compiled
    """Inner product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@kernel
def cross(a: Vector, b: Vector) -> Vector:  # pragma: no cover - compiled
    """Vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@kernel
def scaled(a: Vector, by: float) -> Vector:  # pragma: no cover - compiled
    """A vector times a number."""
    return a[0] * by, a[1] * by, a[2] * by
