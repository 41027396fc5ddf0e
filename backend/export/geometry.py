# SPDX-License-Identifier: GPL-3.0-or-later
"""Small geometry that every exporter needs: triangles with their parts and UVs, normals, seams."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..rig.rig import Rig


def split_quads(polygons: NDArray[np.integer]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Triangles (M, 3) of polygons (Q, 4) and the polygon each comes from (M,), in polygon order.

    Quads are cut along the diagonal through their first corner; -1 as fourth corner is a triangle.
    """
    pairs = np.stack([polygons[:, [0, 1, 2]], polygons[:, [0, 2, 3]]], axis=1)
    keep = np.stack([np.ones(len(polygons), bool), polygons[:, 3] >= 0], axis=1)
    owner = np.repeat(np.arange(len(polygons)), 2).reshape(-1, 2)
    return pairs[keep].astype(np.int32), owner[keep]


class NormalField:
    """Area-weighted vertex normals of one triangulation, quick for many positions."""

    def __init__(self, triangles: NDArray[np.integer], count: int) -> None:
        self._triangles = triangles
        rows = triangles.T.ravel()
        columns = np.tile(np.arange(len(triangles)), 3)
        self._incidence = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, len(triangles)))

    def __call__(self, vertices: NDArray[np.floating]) -> NDArray[np.float64]:
        """Unit normals (N, 3) at vertices (N, 3); where there is no area, +Y."""
        a, b, c = (vertices[self._triangles[:, i]].astype(np.float64) for i in range(3))
        sums = self._incidence @ np.cross(b - a, c - a)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        up = np.array([0.0, 1.0, 0.0])
        return np.where(lengths > 1e-20, sums / np.maximum(lengths, 1e-20), up)


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
