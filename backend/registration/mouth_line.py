# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lips of a bound head meet, and whether its mesh has an opening there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.interpolate import PchipInterpolator
from scipy.sparse import csgraph

from ..head.geometry import head_geometry
from ..mesh.topology import split_quads, unique_edges
from ..morphable_model import MorphableModel
from .binding import Binding

Array = NDArray[np.float64]

_CORNERS = (60, 64)
_BETWEEN = ((61, 67), (62, 66), (63, 65))
_UPPER, _LOWER = (50, 51, 52, 61, 62, 63), (56, 57, 58, 65, 66, 67)
"""Numbers of iBUG 68: the inner corners, pairs of points that touch, points of the lips."""

_REACHES = (0.18, 0.3, 0.5)  # of the mouth's width; coarse meshes have no vertex nearer
_OFF = 0.04  # of the width; nearer the line a vertex may lie on either lip
_MIDDLE = 0.8  # of the way to the corners
_ONE = 0.8  # share of both lips in one piece; a slit beside the line leaves one of them a part of the other
_FEW = 3


@dataclass(frozen=True, eq=False)
class MouthLine:
    """The curve along which the lips of a head meet, in a frame of its own.

    Attributes
    ----------
    width
        Distance of the corners, metres.
    """

    width: float
    _middle: Array
    _axes: Array
    _height: PchipInterpolator
    _depth: PchipInterpolator

    @staticmethod
    def of(model: MorphableModel, face: Array) -> "MouthLine | None":
        """The line of a face (N, 3) of a model; None for a model that has no landmarks."""
        if model.landmarks is None:
            return None
        ends = face[model.landmarks[list(_CORNERS)]]
        across = ends[1] - ends[0]
        width = float(np.linalg.norm(across))
        first = across / width
        up = np.array([0.0, 1, 0]) - first[1] * first
        up /= np.linalg.norm(up)
        axes = np.stack([first, up, np.cross(first, up)], axis=1)
        middle = ends.mean(0)
        between = [face[model.landmarks[list(pair)]].mean(0) for pair in _BETWEEN]
        x, y, z = ((np.stack([ends[0], *between, ends[1]]) - middle) @ axes).T
        return MouthLine(width, middle, axes, PchipInterpolator(x, y), PchipInterpolator(x, z))

    def __call__(self, points: Array) -> tuple[Array, Array, Array]:
        """Of points (n, 3): place along the line, −1 and 1 at its ends; height above it and way off it, metres."""
        x, y, z = ((points - self._middle) @ self._axes).T
        near = np.clip(x, -self.width / 2, self.width / 2)
        height = y - self._height(near)
        return 2 * x / self.width, height, np.hypot(np.hypot(height, z - self._depth(near)), x - near)


def is_fused(model: MorphableModel, binding: Binding) -> bool:
    """Whether the lips of a bound mesh are one surface: what is above the line hangs together with what is below it.

    Looked at is what lies near the line and between its corners; a mouth bag is deeper than that.
    """
    line = MouthLine.of(model, binding.registered)
    if line is None:
        return False
    along, height, away = line(binding.placed)
    triangles = split_quads(binding.mesh.polygons)[0]
    for reach in _REACHES:
        near = (np.abs(along) < _MIDDLE) & (away < reach * line.width)
        above, below = (near & (sign * height > _OFF * line.width) for sign in (1, -1))
        if min(above.sum(), below.sum()) >= _FEW:
            piece = _pieces(triangles, near)
            counts = [np.bincount(piece[side], minlength=piece.max() + 1) / side.sum() for side in (above, below)]
            return bool(np.minimum(*counts).max() > _ONE)
    return False


def upper_skin(model: MorphableModel) -> NDArray[np.bool_]:
    """(N,) vertices of the outer skin that are nearer to the upper lip than to the lower one, along the surface."""
    assert model.landmarks is not None  # noqa: S101 - whoever asks has a `MouthLine`
    surface = head_geometry(model).surface
    triangles = surface.triangles[surface.is_skin[surface.triangles].all(1)]
    inner = model.regions.get("inner_mouth", np.zeros(len(model.template), bool))
    triangles = triangles[~inner[triangles].any(1)]
    pairs = unique_edges(triangles)
    length = np.linalg.norm(model.template[pairs[:, 0]] - model.template[pairs[:, 1]], axis=1).astype(np.float64)
    graph = sparse.coo_matrix((length, pairs.T), (len(inner), len(inner))).tocsr()
    ways = []
    for numbers in (_UPPER, _LOWER):
        seeds = np.setdiff1d(model.landmarks[list(numbers)], np.flatnonzero(inner))
        ways.append(csgraph.dijkstra(graph, directed=False, indices=seeds, min_only=True))
    return ways[0] < ways[1]


def _pieces(triangles: NDArray[np.integer], near: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) which connected piece of the marked vertices each vertex belongs to."""
    pairs = unique_edges(triangles)
    pairs = pairs[near[pairs].all(1)]
    graph = sparse.coo_matrix((np.ones(len(pairs)), pairs.T), (len(near), len(near)))
    return csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
