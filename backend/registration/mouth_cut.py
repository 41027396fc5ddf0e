# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth for a head that has none: its surface cut along the line where the lips meet, each side bound to its own lip."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import head_geometry
from ..mesh.nearest import SurfaceIndex
from ..mesh.normals import vertex_normals
from ..mesh.topology import split_quads
from ..mesh_encoder.labels import MOUTH, SKIN
from ..mesh_files.mesh import Mesh
from ..morphable_model import MorphableModel
from .binding import Binding
from .mouth_line import MouthLine, upper_skin

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_NEAR = 0.35  # mouth widths from the line: what may be cut, and what is bound anew by its side
_FEW = 3  # edges; less is no mouth
_SLIVER = 0.12  # of an edge that each side keeps at least
_SPACING, _NORMAL_WEIGHT = 0.001, 0.002  # m


def with_mouth(model: MorphableModel, binding: Binding) -> Binding | None:
    """The binding of the same mesh with a slit between the corners of its mouth; None where there is nothing to cut.

    The mesh's own vertices keep their rows; those of the slit stand behind them, two at each place. Polygons on the
    line are cut into triangles where they were, so that parts and materials stay theirs.
    """
    line = MouthLine.of(model, binding.registered)
    if line is None:
        return None
    along, height, away = line(binding.placed)
    height = np.where(height == 0, 1e-12, height)
    cut = _cut(binding.mesh, along, height, away < _NEAR * line.width)
    if cut is None:
        return None
    near = np.flatnonzero((away < _NEAR * line.width) & np.isin(binding.label, (SKIN, MOUTH)))
    above = np.concatenate([height[near] > 0, cut.above])
    vertices = cut.mesh.vertices
    rows = np.concatenate([near, np.arange(len(binding.mesh.vertices), len(vertices))])
    corners = np.concatenate([binding.corners, np.zeros((len(cut.above), 3), np.int32)])
    weights = np.concatenate([binding.weights, np.zeros((len(cut.above), 3))])
    placed = binding.to_model(vertices)
    triangles = split_quads(cut.mesh.polygons)[0]
    normals = vertex_normals(placed, triangles)
    surface, upper = head_geometry(model).surface, upper_skin(model)
    outer = surface.triangles[surface.is_skin[surface.triangles].all(1)]
    outer = outer[~model.regions["inner_mouth"][outer].any(1)] if "inner_mouth" in model.regions else outer
    for side in (True, False):
        own = rows[above == side]
        index = SurfaceIndex(binding.registered, outer[(upper[outer] == side).any(1)], _SPACING, _NORMAL_WEIGHT)
        found = index.nearest(placed[own], normals[own])
        corners[own], weights[own] = index.triangles[found.triangle], found.weights
    label = np.concatenate([binding.label, np.full(len(cut.above), SKIN, np.uint8)])
    label[near] = SKIN
    return replace(binding, mesh=cut.mesh, corners=corners.astype(np.int32), weights=weights, label=label)


@dataclass(frozen=True, eq=False)
class _Cut:
    """A mesh with a slit; ``above`` says of each vertex behind the old ones which side it is on."""

    mesh: Mesh
    above: NDArray[np.bool_]


def _cut(mesh: Mesh, along: Array, height: Array, near: NDArray[np.bool_]) -> _Cut | None:
    """Cut the triangles on which the height changes its sign, near the line and between its ends."""
    triangles, polygon = split_quads(mesh.polygons)
    uv_triangles = None
    if mesh.uv is not None and mesh.uv_polygons is not None:
        uv_triangles = split_quads(np.where(mesh.polygons < 0, -1, mesh.uv_polygons))[0]
    on_line = np.flatnonzero(near[triangles].all(1) & (np.ptp(np.sign(height[triangles]), axis=1) > 0))
    edges, share = _crossed_edges(triangles[on_line], height)
    inside = np.abs(along[edges[:, 0]] * (1 - share) + along[edges[:, 1]] * share) < 1
    edges, share = edges[inside], share[inside]
    if len(edges) < _FEW:
        return None
    cuts = np.full((len(triangles), 3), -1)
    cuts[on_line] = _cut_sides(triangles[on_line], edges)
    sides = (cuts >= 0).sum(1)
    uses, through = (
        np.bincount(cuts[sides >= least][cuts[sides >= least] >= 0], minlength=len(edges)) for least in (1, 2)
    )
    ends = through < uses  # beyond them the surface goes on whole
    count = len(mesh.vertices)
    upper = count + np.arange(len(edges))
    lower = np.where(ends, upper, count + len(edges) + np.cumsum(~ends) - 1)
    points = mesh.vertices[edges[:, 0]] * (1 - share)[:, None] + mesh.vertices[edges[:, 1]] * share[:, None]
    split = _Split(height, upper, lower, share, edges)
    whole = np.ones(len(mesh.polygons), bool)
    whole[polygon[sides > 0]] = False
    made: list[list[int]] = []
    made_uv: list[list[Array]] = []
    origin: list[int] = []
    for row in np.flatnonzero(~whole[polygon]).tolist():
        corners = None if uv_triangles is None or mesh.uv is None else mesh.uv[uv_triangles[row]].astype(np.float64)
        for piece, piece_uv in split.pieces(triangles[row].tolist(), cuts[row].tolist(), corners):
            made.append(piece)
            made_uv.append(piece_uv)
            origin.append(int(polygon[row]))
    kept = np.flatnonzero(whole)
    new = np.pad(np.array(made, np.int32), ((0, 0), (0, 1)), constant_values=-1)
    source = np.concatenate([kept, np.array(origin, np.int64)])
    uv, uv_polygons = mesh.uv, mesh.uv_polygons
    if uv is not None and uv_polygons is not None:
        flat, place = np.unique(np.concatenate(made_uv).reshape(-1, 2), axis=0, return_inverse=True)
        added = np.pad(place.reshape(-1, 3) + len(uv), ((0, 0), (0, 1)), constant_values=-1)
        uv_polygons = np.concatenate([uv_polygons[kept], added]).astype(np.int32)
        uv = np.concatenate([uv, flat.astype(np.float32)])
    slit = replace(
        mesh,
        vertices=np.concatenate([mesh.vertices, points, points[~ends]]),
        polygons=np.concatenate([mesh.polygons[kept], new]),
        uv=uv,
        uv_polygons=uv_polygons,
        source_vertex=None,
        polygon_of=source.astype(np.int32) if mesh.polygon_of is None else mesh.polygon_of[source],
        face_material=None if mesh.face_material is None else mesh.face_material[source],
    )
    return _Cut(slit, np.concatenate([np.ones(len(edges), bool), np.zeros(int((~ends).sum()), bool)]))


def _crossed_edges(triangles: NDArray[np.integer], height: Array) -> tuple[Indices, Array]:
    """(L, 2) edges on which the height changes its sign, the smaller vertex first, and where, from 0 to 1."""
    pairs = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    pairs = np.unique(pairs[(height[pairs] > 0).sum(1) == 1], axis=0).astype(np.int64)
    first, second = height[pairs].T
    return pairs, np.clip(first / (first - second), _SLIVER, 1 - _SLIVER)


def _cut_sides(triangles: NDArray[np.integer], edges: Indices) -> Indices:
    """(T, 3) for each triangle's side, from corner k to the next, its row among the sorted edges (L, 2), or -1."""
    ends = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1), axis=-1).astype(np.int64)
    many = int(triangles.max()) + 1
    known, wanted = edges @ [many, 1], ends @ [many, 1]
    row = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[row] == wanted, row, -1)


@dataclass(frozen=True, eq=False)
class _Split:
    """Where edges are cut: the vertices above and below, which are one at an end, and the place from edge's start to end."""

    height: Array
    upper: Indices
    lower: Indices
    share: Array
    edges: Indices

    def pieces(self, triangle: list[int], cuts: list[int], uv: Array | None) -> list[tuple[list[int], list[Array]]]:
        """What a triangle becomes whose side k, from corner k, is cut at edge ``cuts[k]``; with the corners' UVs."""
        there = [k for k in range(3) if cuts[k] >= 0]
        uvs = np.zeros((3, 2)) if uv is None else uv

        def at(k: int) -> Array:
            start = triangle[k] == self.edges[cuts[k], 0]
            share = self.share[cuts[k]] if start else 1 - self.share[cuts[k]]
            return (1 - share) * uvs[k] + share * uvs[(k + 1) % 3]

        if not there:
            return [(triangle, [*uvs])]
        if len(there) == 1:  # the slit ends on this side
            k = there[0]
            a, b, c = (triangle[(k + j) % 3] for j in range(3))
            ua, ub, uc = (uvs[(k + j) % 3] for j in range(3))
            end = int(self.upper[cuts[k]])
            return [([a, end, c], [ua, at(k), uc]), ([end, b, c], [at(k), ub, uc])]
        lone = next(k for k in range(3) if k in there and (k - 1) % 3 in there)  # the corner that both cut sides share
        a, b, c = (triangle[(lone + j) % 3] for j in range(3))
        ua, ub, uc = (uvs[(lone + j) % 3] for j in range(3))
        mine, other = (self.upper, self.lower) if self.height[a] > 0 else (self.lower, self.upper)
        first, last = cuts[lone], cuts[(lone - 1) % 3]
        uf, ul = at(lone), at((lone - 1) % 3)
        return [
            ([a, int(mine[first]), int(mine[last])], [ua, uf, ul]),
            ([int(other[first]), b, c], [uf, ub, uc]),
            ([int(other[first]), c, int(other[last])], [uf, uc, ul]),
        ]
