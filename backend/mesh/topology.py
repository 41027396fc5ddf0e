# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mesh's polygons say without its positions: triangles, edges, rims, rings, connected components.

Polygons are rows of three vertices, or of four with −1 as the fourth of a triangle.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Polygons = NDArray[np.integer]
Indices = NDArray[np.int64]


def topology_hash(polygons: Polygons) -> str:
    """Hex SHA-256 of polygons (Q, 4) as little-endian int32: equal means same vertices, same order."""
    return hashlib.sha256(np.ascontiguousarray(polygons, "<i4").tobytes()).hexdigest()


def split_quads(polygons: Polygons) -> tuple[NDArray[np.int32], Indices]:
    """Triangles (M, 3) of polygons (Q, 4), and the polygon (M,) that each comes from.

    Quads are cut along the diagonal through their first corner: first all their first halves, then
    all their second ones, then the triangles.
    """
    quads, lone = np.flatnonzero(polygons[:, 3] >= 0), np.flatnonzero(polygons[:, 3] < 0)
    halves = polygons[quads][:, [0, 1, 2]], polygons[quads][:, [0, 2, 3]], polygons[lone, :3]
    return np.concatenate(halves).astype(np.int32), np.concatenate([quads, quads, lone])


def sides(polygons: Polygons) -> Indices:
    """(S, 2) all sides of all polygons, in their directions; sides that begin where they end are left out."""
    following = np.roll(polygons, -1, axis=1)
    following = np.where(following < 0, polygons[:, :1], following)
    ends = np.stack([polygons.ravel(), following.ravel()], axis=1).astype(np.int64)
    return ends[(ends[:, 0] >= 0) & (ends[:, 0] != ends[:, 1])]


def edges_and_uses(polygons: Polygons) -> tuple[Indices, Indices]:
    """(E, 2) every edge once, its smaller vertex first, sorted; and how many sides of polygons (E,) lie on it."""
    ends = np.sort(sides(polygons), axis=1)
    stride = ends.max(initial=0) + 1
    keys, uses = np.unique(ends[:, 0] * stride + ends[:, 1], return_counts=True)
    return np.stack(np.divmod(keys, stride), axis=1), uses


def unique_edges(polygons: Polygons) -> Indices:
    """(E, 2) every edge once, its smaller vertex first, sorted."""
    return edges_and_uses(polygons)[0]


def open_rim(polygons: Polygons) -> Indices:
    """Sorted vertices of edges that only one polygon has."""
    edges, uses = edges_and_uses(polygons)
    return np.unique(edges[uses == 1])


def border_edges(triangles: Polygons) -> NDArray[np.bool_]:
    """(M, 3) whether the edge opposite each corner belongs to this triangle alone."""
    ends = np.sort(triangles[:, [[1, 2], [2, 0], [0, 1]]], axis=2).astype(np.int64)
    keys = ends[..., 0] * (ends.max(initial=0) + 1) + ends[..., 1]
    _, inverse, uses = np.unique(keys, return_inverse=True, return_counts=True)
    return (uses[inverse.ravel()] == 1).reshape(keys.shape)


def vertex_adjacency(polygons: Polygons, count: int) -> sparse.csr_matrix:
    """(count, count) symmetric pattern of ones where an edge joins two vertices."""
    start, end = unique_edges(polygons).T
    ends = np.concatenate([start, end]), np.concatenate([end, start])
    return sparse.csr_matrix((np.ones(len(ends[0])), ends), shape=(count, count))


def components(polygons: Polygons, count: int) -> NDArray[np.int32]:
    """(count,) number of the connected component that each vertex belongs to, by their first vertices."""
    start, end = sides(polygons).T
    graph = sparse.coo_matrix((np.ones(len(start)), (start, end)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def largest_component(polygons: Polygons, count: int) -> Indices:
    """Vertices of the component with most of them."""
    number = components(polygons, count)
    return np.flatnonzero(number == np.bincount(number).argmax())


def renumbered(polygons: Polygons, members: Indices, count: int) -> tuple[Indices, Indices]:
    """The polygons all of whose corners are ``members`` (k,), with these numbered 0 … k − 1; and the numbers.

    The numbers (count,) are −1 for all other vertices.
    """
    number = np.full(count, -1, np.int64)
    number[members] = np.arange(len(members))
    corners = number[polygons]
    return corners[(corners >= 0).all(1)], number


def ring_neighbours(polygons: Polygons, count: int, rings: int) -> sparse.csr_matrix:
    """(count, count) pattern of the vertices within ``rings`` edges of each other, themselves included."""
    one = (vertex_adjacency(polygons, count) + sparse.identity(count)).astype(np.float32)
    reach = one
    for _ in range(rings - 1):
        reach = ((reach @ one) > 0).astype(np.float32)
    return sparse.csr_matrix(reach)


def rings_around(rim: Indices, adjacency: sparse.csr_matrix, within: NDArray[np.bool_], count: int) -> Indices:
    """(N,) number of edges from the rim, up to ``count``; −1 farther away and outside ``within``.

    Parameters
    ----------
    rim
        Vertices at distance 0.
    adjacency
        (N, N) pattern of edges.
    within
        (N,) bool, the surface that the rings may cover.
    """
    ring = np.full(len(within), -1, dtype=np.int64)
    ring[rim] = 0
    for distance in range(1, count + 1):
        fresh = (adjacency @ (ring >= 0).astype(np.float64) > 0) & (ring < 0) & within
        ring[fresh] = distance
    return ring
