# SPDX-License-Identifier: GPL-3.0-or-later
"""The edges of lids and lips on a mesh, and where a template's own edges belong on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.spatial import KDTree

from ..mesh.normals import vertex_normals
from ..mesh.topology import border_edges

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_BINS = 96  # directions around an opening
_FILLED = 0.7  # of which an edge has to be found in at least
_SAMPLES = 5  # along an edge's stretch through a triangle
_FRONT = 0.1  # least cosine with the view's direction
_SPIKE = 0.45  # in the logarithm: what juts out that far from the median around is no edge
_WINDOW = 3
_COLUMN = 0.0007  # m, width in which one point of each lip's edge is kept
_GAP = 6  # columns
_LEAST_SLIT = 0.4  # of the expected width


@dataclass(frozen=True, eq=False)
class View:
    """From inside an opening outwards: an eyeball's centre or a point within the mouth.

    Attributes
    ----------
    centre
        (3,) metres.
    axes
        (3, 3) rows: to the face's left, up and outwards, unit vectors.
    near, far
        Distances from the centre between which an edge may lie, metres.
    """

    centre: Array
    axes: Array
    near: float
    far: float

    @staticmethod
    def through(centre: Array, opening: Array, near: float, far: float) -> "View":
        """The view from a centre through the middle (3,) of an opening, upright."""
        out = opening - centre
        out = out / np.linalg.norm(out)
        left = np.cross([0.0, 1.0, 0.0], out)
        left /= np.linalg.norm(left)
        return View(centre, np.stack([left, np.cross(out, left), out]), near, far)

    def directions(self, points: Array) -> tuple[NDArray[np.int64], Array]:
        """In which of `_BINS` directions around the opening points (P, 3) are seen, and how far aside (P,)."""
        left, up, out = ((points - self.centre) @ self.axes.T).T
        turn = np.floor(np.arctan2(up, left) / (2 * np.pi) * _BINS).astype(np.int64) % _BINS
        return turn, np.hypot(left, up) / np.maximum(out, 1e-9)


@dataclass(frozen=True, eq=False)
class Edge:
    """The edge of an opening: K points in order around it, from the face's left upwards.

    Attributes
    ----------
    corners, weights
        (K, 3) vertices and barycentric weights.
    points
        (K, 3) metres.
    """

    corners: Indices
    weights: Array
    points: Array

    def ends(self, left: Array) -> tuple[int, int]:
        """Rows of the left and of the right corner."""
        lateral = self.points @ left
        return int(lateral.argmax()), int(lateral.argmin())

    def middles(self, left: Array) -> tuple[int, int]:
        """Rows in the middle of the upper and of the lower half."""
        lateral = self.points @ left
        middle = (lateral.min() + lateral.max()) / 2
        upper, lower = (half[np.abs(lateral[half] - middle).argmin()] for half in self.halves(self.ends(left)))
        return int(upper), int(lower)

    def vertex(self, row: int) -> int:
        """The vertex that counts most for a point."""
        return int(self.corners[row, self.weights[row].argmax()])

    def halves(self, ends: tuple[int, int]) -> tuple[Indices, Indices]:
        """Rows of the upper and of the lower half, each from the left corner to the right one."""
        first, last = ends
        around = np.arange(len(self.points))
        upper = np.roll(around, -first)[: (last - first) % len(around) + 1]
        lower = np.roll(around, -last)[: (first - last) % len(around) + 1][::-1]
        return upper, lower


def edge_of_opening(
    vertices: Array, triangles: NDArray[np.integer], view: View, about: Array | None = None, reach: float = np.inf
) -> Edge | None:
    """The edge where skin turns inwards around an opening, as one would see it from inside; None when there is none.

    Skin faces away from the centre and the lining of a socket towards it; between them lies the contour
    on which the normal is at right angles to the view, as in drawings of smooth surfaces (Hertzmann &
    Zorin, "Illustrating smooth surfaces", SIGGRAPH 2000). Where skin simply ends, its rim is
    the edge. In each direction the innermost counts, so that folds of a lid do not.

    Parameters
    ----------
    vertices, triangles
        (N, 3) and (M, 3) of the skin and what is one with it.
    view
        From where.
    about
        (K, 3) points near which the edge is expected, not farther off than ``reach``, metres.
    """
    away = vertices - view.centre
    length = np.maximum(np.linalg.norm(away, axis=1), 1e-12)
    near = (length > view.near) & (length < view.far) & (away @ view.axes[2] > _FRONT * length)
    chosen = near[triangles].all(1)
    if not chosen.any():
        return None
    outwards = (vertex_normals(vertices, triangles) * away).sum(1) / length
    corners, weights = _stretches(triangles[chosen].astype(np.int64), outwards, border_edges(triangles)[chosen])
    points = (vertices[corners] * weights[..., None]).sum(1)
    if about is not None and len(points):
        close = KDTree(about).query(points, distance_upper_bound=reach)[0] < reach
        corners, weights, points = corners[close], weights[close], points[close]
    if not len(points):
        return None
    turn, aside = view.directions(points)
    order = np.lexsort((aside, turn))
    turns, first = np.unique(turn[order], return_index=True)
    best = order[first]
    if len(turns) < _FILLED * _BINS:
        return None
    usual = median_filter(aside[best], 2 * _WINDOW + 1, mode="wrap")
    best = best[np.abs(np.log(aside[best] / usual)) < _SPIKE]
    return Edge(corners[best], weights[best], points[best])


def edge_of_slit(
    vertices: Array, triangles: NDArray[np.integer], axes: Array, seam: Array, reach: float
) -> Edge | None:
    """The edges of lips that lie on one another or nearly so, as one would see them from the front.

    The contour where skin turns from facing forwards to facing backwards, or its rim: of what faces down the
    lowest, of what faces up the highest, from the middle to both sides as far as it goes on.

    Parameters
    ----------
    vertices, triangles
        (N, 3) and (M, 3) of the skin and what is one with it.
    axes
        (3, 3) rows: to the face's left, up and forwards, unit vectors.
    seam
        (K, 3) points near which the edges are expected, not farther off than ``reach``, metres.
    """
    near = np.zeros(len(vertices), bool)
    near[KDTree(seam).query(vertices, distance_upper_bound=2 * reach)[0] < 2 * reach] = True
    chosen = near[triangles].all(1)
    if not chosen.any():
        return None
    normals = vertex_normals(vertices, triangles)
    corners, weights = _stretches(
        triangles[chosen].astype(np.int64), normals @ axes[2], border_edges(triangles)[chosen]
    )
    points = (vertices[corners] * weights[..., None]).sum(1)
    close = KDTree(seam).query(points, distance_upper_bound=reach)[0] < reach
    corners, weights, points = corners[close], weights[close], points[close]
    lateral, height = points @ axes[0], points @ axes[1]
    middle = seam.mean(0) @ axes[0]
    column = np.floor((lateral - middle) / _COLUMN).astype(np.int64)
    down = (normals[corners] * weights[..., None]).sum(1) @ axes[1] < 0
    halves = []
    for mine, sign in ((down, 1.0), (~down, -1.0)):
        rows = np.flatnonzero(mine)
        if not len(rows):
            return None
        order = rows[np.lexsort((sign * height[rows], column[rows]))]
        columns, first = np.unique(column[order], return_index=True)
        kept = _unbroken(columns)
        if len(kept) * _COLUMN < _LEAST_SLIT * np.ptp(seam @ axes[0]):
            return None
        halves.append(order[first[kept]])
    upper, lower = halves
    best = np.concatenate([upper[::-1], lower])  # from the left along the upper lip, back along the lower one
    return Edge(corners[best], weights[best], points[best])


def _unbroken(columns: Indices) -> NDArray[np.intp]:
    """Rows of sorted columns that are joined to the middle, 0, by gaps of no more than a few."""
    start = int(np.abs(columns).argmin())
    wide = np.flatnonzero(np.diff(columns) > _GAP)
    low = wide[wide < start].max(initial=-1) + 1
    high = wide[wide >= start].min(initial=len(columns) - 1)
    return np.arange(low, high + 1)


def _stretches(faces: Indices, outwards: Array, border: NDArray[np.bool_]) -> tuple[Indices, Array]:
    """Points (P, 3) corners and weights on the contour where ``outwards`` (N,) changes its sign, and on rims."""
    value = outwards[faces]
    corners: list[Indices] = []
    weights: list[Array] = []
    along = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    for one in range(3):
        two, three = (one + 1) % 3, (one + 2) % 3
        alone = np.sign(value[:, one]) * np.sign(value[:, two]) < 0
        alone &= np.sign(value[:, two]) == np.sign(value[:, three])
        rows = np.flatnonzero(alone)
        to_two = value[rows, one] / (value[rows, one] - value[rows, two])
        to_three = value[rows, one] / (value[rows, one] - value[rows, three])
        for share in along:
            weight = np.zeros((len(rows), 3))
            weight[:, two] = (1 - share) * to_two
            weight[:, three] = share * to_three
            weight[:, one] = 1 - weight.sum(1)
            corners.append(faces[rows])
            weights.append(weight)
        rim = np.flatnonzero(border[:, one])  # opposite its corner
        for share in along:
            weight = np.zeros((len(rim), 3))
            weight[:, two], weight[:, three] = 1 - share, share
            corners.append(faces[rim])
            weights.append(weight)
    return np.concatenate(corners), np.concatenate(weights)


def counterparts(own: Edge, own_ends: tuple[int, int], other: Edge, other_ends: tuple[int, int]) -> Array:
    """(K, 3) the place of each of an edge's points on another: corner on corner, and evenly between them."""
    result = np.empty_like(own.points)
    for mine, theirs in zip(own.halves(own_ends), other.halves(other_ends), strict=True):
        share, places = _lengths(own.points[mine]), _lengths(other.points[theirs])
        for axis in range(3):
            result[mine, axis] = np.interp(share, places, other.points[theirs, axis])
    return result


def _lengths(line: Array) -> Array:
    """(K,) length along a line (K, 3), from 0 to 1."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    total = np.concatenate([[0.0], np.cumsum(steps)])
    return total / max(total[-1], 1e-12)
