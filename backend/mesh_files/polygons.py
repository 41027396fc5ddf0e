# SPDX-License-Identifier: GPL-3.0-or-later
"""Polygons of any size as rows of three or four corners, and back again.

All that is computed on a mesh works on triangles and quads; larger polygons are cut by ear clipping (Meisters, 1975),
by the library mapbox_earcut, so that no piece of a concave one lies outside it. Which rows came from one polygon is
kept, and files that know such polygons get them back whole.
"""

from collections.abc import Iterator

import numpy as np
from mapbox_earcut import triangulate_float64
from numpy.typing import NDArray

MAX_CORNERS = 1000
"""Above it a polygon is cut into a fan: ear clipping takes the square of the corners in time at worst."""

TRIANGLES, STRIP, FAN = 4, 5, 6
"""How vertices one after the other make triangles, as OpenGL and glTF number it."""

Indices = NDArray[np.int64]


def cut_polygons(
    points: NDArray[np.float64], corners: Indices, lengths: Indices
) -> tuple[Indices, NDArray[np.int32] | None]:
    """Rows of three or four corners that cover the same surface as polygons of any size.

    Parameters
    ----------
    points
        (N, 3) positions.
    corners
        (C,) point of every corner, polygon after polygon; those out of range are somebody else's to refuse.
    lengths
        (P,) number of corners of each polygon, three or more.

    Returns
    -------
    slots
        (Q, 4) places in ``corners``, -1 as the fourth of a triangle, in the order of the polygons.
    polygon_of
        (Q,) the polygon that each row came from; None where every row is a polygon.
    """
    starts = np.cumsum(lengths) - lengths
    large = lengths > 4
    pieces = np.where(large, lengths - 2, 1)
    first_row = np.cumsum(pieces) - pieces
    slots = np.full((int(pieces.sum()), 4), -1, np.int64)
    whole = np.flatnonzero(~large)
    slots[first_row[whole], :3] = starts[whole][:, None] + np.arange(3)
    quads = np.flatnonzero(lengths == 4)
    slots[first_row[quads], 3] = starts[quads] + 3
    if not large.any():
        return slots, None
    for length in np.unique(lengths[large]).tolist():
        these = np.flatnonzero(lengths == length)
        places = starts[these][:, None] + np.arange(length)
        rows = first_row[these][:, None] + np.arange(length - 2)
        slots[rows, :3] = starts[these][:, None, None] + _ears(points, corners[places])
    return slots, np.repeat(np.arange(len(lengths), dtype=np.int32), pieces)


def picked(corners: Indices, slots: Indices) -> Indices:
    """What stands at the places (Q, 4) in ``corners``, and -1 where a row has no fourth."""
    return np.where(slots >= 0, corners[slots], -1)


def _ears(points: NDArray[np.float64], rings: Indices) -> Indices:
    """(k, n − 2, 3) corners, by number, of the triangles of k polygons with n corners each."""
    count, length = rings.shape
    fan = np.arange(length - 2)[:, None] + [0, 1, 2]
    fan[:, 0] = 0
    triangles = np.tile(fan, (count, 1, 1))
    if length > MAX_CORNERS or rings.min(initial=0) < 0 or rings.max(initial=0) >= len(points):
        return triangles
    with np.errstate(invalid="ignore", over="ignore"):
        flat = _flattened(points[rings])
    ends = np.array([length], np.uint32)
    for number in np.flatnonzero(np.isfinite(flat).all(axis=(1, 2))).tolist():
        found = triangulate_float64(flat[number], ends)
        # A polygon without area has fewer; its fan keeps all of its edges. Sorted, corners go round as the ring does.
        if len(found) == 3 * (length - 2):
            triangles[number] = np.sort(found.astype(np.int64).reshape(-1, 3), axis=1)
    return triangles


def _flattened(rings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rings (k, n, 3) seen along their normals by Newell, (k, n, 2)."""
    arms = rings - rings[:, :1]
    normals = np.cross(arms, np.roll(arms, -1, axis=1)).sum(axis=1)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals / np.where(lengths > 0, lengths, 1)
    # The axis farthest from the normal gives a first direction in the plane that is never short.
    across = np.cross(normals, np.eye(3)[np.abs(normals).argmin(axis=1)])
    size = np.linalg.norm(across, axis=1, keepdims=True)
    across /= np.where(size > 0, size, 1)
    along = np.cross(normals, across)
    return np.ascontiguousarray(np.einsum("knc,kdc->knd", arms, np.stack([across, along], axis=1)))


def assembled(index: Indices, mode: int) -> Indices:
    """(m, 3) triangles of a list (4), a strip (5) or a fan (6) of vertices (k,), all wound alike.

    What strips repeat to go from one place to another has no area and is left out.
    """
    if mode == TRIANGLES:
        return index.reshape(-1, 3)
    if len(index) < 3:
        return np.empty((0, 3), np.int64)
    at = np.arange(len(index) - 2)
    if mode == STRIP:
        places = np.stack([at, at + 1 + at % 2, at + 2 - at % 2], axis=1)
    else:
        places = np.stack([at + 1, at + 2, np.zeros_like(at)], axis=1)
    triangles = index[places]
    a, b, c = triangles.T
    return triangles[(a != b) & (b != c) & (c != a)]


def halves(polygons: Indices) -> Indices:
    """(M, 3) triangles that cover rows (Q, 4), quads cut through their first corner."""
    quads = polygons[:, 3] >= 0
    return np.concatenate([polygons[:, :3], polygons[quads][:, [0, 2, 3]]])


def rings(polygons: NDArray[np.integer], polygon_of: NDArray[np.integer] | None) -> Iterator[list[tuple[int, int]]]:
    """Each polygon as a list of its corners (row, column), those that were cut joined again, in the order of the rows.

    Where the rows of a polygon enclose no single ring, as when its border touches itself, they come one by one.

    Parameters
    ----------
    polygons
        (Q, 3) or (Q, 4), -1 as the fourth corner of a triangle.
    polygon_of
        (Q,) as `cut_polygons` gives it.
    """
    table = polygons.tolist()
    lone = [
        [(row, column) for column, vertex in enumerate(corners) if vertex >= 0] for row, corners in enumerate(table)
    ]
    if polygon_of is None:
        yield from lone
        return
    members: dict[int, list[int]] = {}
    for row, polygon in enumerate(polygon_of.tolist()):
        members.setdefault(polygon, []).append(row)
    for rows in members.values():
        ring = _ring(table, lone, rows) if len(rows) > 1 else None
        if ring is None:
            yield from (lone[row] for row in rows)
        else:
            yield ring


def _ring(table: list[list[int]], lone: list[list[tuple[int, int]]], rows: list[int]) -> list[tuple[int, int]] | None:
    """The ring around some rows, as corners; None where it isn't one that visits each vertex once."""
    sides: dict[tuple[int, int], tuple[int, int]] = {}
    for row in rows:
        ring = lone[row]
        for place, (_, column) in enumerate(ring):
            following = ring[(place + 1) % len(ring)][1]
            sides[table[row][column], table[row][following]] = row, column
    after = {start: (end, corner) for (start, end), corner in sides.items() if (end, start) not in sides}
    if not after:
        return None
    first = at = min(after, key=lambda vertex: after[vertex][1])
    found: list[tuple[int, int]] = []
    while at in after and len(found) < len(after):
        at, corner = after[at]
        found.append(corner)
    vertices = {table[row][column] for row in rows for _, column in lone[row]}
    return found if at == first and len(found) == len(vertices) == len(after) else None
