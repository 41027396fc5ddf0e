# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices doubled along UV seams, as graphics hardware wants them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..mesh.topology import split_quads
from ..rig.rig import Rig


@dataclass(frozen=True, eq=False)
class RenderVertices:
    """Vertices as graphics hardware wants them: one UV each, doubled along UV seams.

    Attributes
    ----------
    triangles
        (M, 3) int32, indices of render vertices.
    polygon
        (M,) the polygon each triangle comes from.
    row
        (R,) the mesh vertex of each render vertex.
    uv_row
        (R,) its row in ``uv``, or None.
    """

    triangles: NDArray[np.int32]
    polygon: NDArray[np.int64]
    row: NDArray[np.int64]
    uv_row: NDArray[np.int64] | None


def render_vertices(rig: Rig) -> RenderVertices:
    """Split the rig's vertices along UV seams; without UVs nothing is split."""
    triangles, polygon = split_quads(rig.polygons)
    uv_triangles, stride = np.zeros_like(triangles), 1
    if rig.uv is not None and rig.uv_polygons is not None:
        uv_triangles, _ = split_quads(np.where(rig.polygons < 0, -1, rig.uv_polygons))
        stride = len(rig.uv)
    pairs = triangles.ravel().astype(np.int64) * stride + uv_triangles.ravel()
    unique, inverse = np.unique(pairs, return_inverse=True)
    uv_row = None if rig.uv is None or rig.uv_polygons is None else unique % stride
    return RenderVertices(inverse.reshape(-1, 3).astype(np.int32), polygon, unique // stride, uv_row)
