# SPDX-License-Identifier: GPL-3.0-or-later
"""Polygons as the flat arrays that Blender keeps them in (no Blender needed)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Surface:
    """Q polygons of C corners in all.

    ``corners`` (C,) vertices, polygon by polygon; ``starts`` (Q,) each one's first corner; ``uv``
    (2 C,) coordinates of each corner, None without UVs.
    """

    corners: NDArray[np.int32]
    starts: NDArray[np.int32]
    uv: NDArray[np.float32] | None = None


def surface_of(
    quads: NDArray[np.integer], uv: NDArray[np.floating] | None = None, uv_quads: NDArray[np.integer] | None = None
) -> Surface:
    """The surface of polygons (Q, 4) (-1: triangle) with UVs (U, 2), (Q, 4)."""
    present = quads >= 0
    sizes = present.sum(axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    flat = None
    if uv is not None and uv_quads is not None:
        flat = np.ascontiguousarray(uv[uv_quads[present]], np.float32).ravel()
    return Surface(quads[present].astype(np.int32), starts.astype(np.int32), flat)
