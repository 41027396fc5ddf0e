# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes of formats that double the vertices of seams, put together to the mesh that was exported."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .mesh import MAX_VERTICES, Mesh, too_large
from .polygons import halves
from .welding import welded

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Seamed:
    """What such a file holds.

    Attributes
    ----------
    path
        The file.
    mesh
        Its N vertices, doubled as they stand in it.
    distinct
        Tells which it keeps apart, see `welding.welded`; None where that means nothing.
    row
        (N,) the row of the mesh that each vertex is, where the file says so.
    """

    path: Path
    mesh: Mesh
    distinct: Callable[[], Indices] | None = None
    row: Indices | None = None

    @property
    def triangles(self) -> Indices:
        """(M, 3) what the polygons cover."""
        return halves(self.mesh.polygons.astype(np.int64))


def put_together(seamed: Seamed) -> Mesh:
    """The mesh without doubled vertices, these in the order of their first appearance or of the rows that they name.

    Raises
    ------
    UserError
        When more are left than a face has.
    """
    return _with_rows(seamed, *_rows(seamed, seamed.mesh.vertices))


def put_together_alike(one: Seamed, other: Seamed) -> tuple[Mesh, Mesh]:
    """Two shapes of a mesh; where their files double the same vertices, these become one in both or in neither.

    Lips that touch in one of two shapes of a head, and not in the other, would be told from a seam in one alone.
    """
    if not np.array_equal(one.mesh.polygons, other.mesh.polygons) or len(one.mesh.vertices) != len(other.mesh.vertices):
        return put_together(one), put_together(other)
    rows = _rows(one, np.concatenate([one.mesh.vertices, other.mesh.vertices], axis=1))
    return _with_rows(one, *rows), _with_rows(other, *rows)


def _rows(seamed: Seamed, points: NDArray[np.float64]) -> tuple[Indices, Indices]:
    """The row (N,) of the mesh that each vertex of the file is, and the first vertex of each row."""
    if seamed.row is not None:
        known, first = np.unique(seamed.row, return_index=True)
        if np.array_equal(known, np.arange(len(known))):
            return seamed.row, first
    return welded(points, seamed.triangles, seamed.distinct)


def _with_rows(seamed: Seamed, row: Indices, first: Indices) -> Mesh:
    """The mesh whose vertex ``row[i]`` is the file's vertex i; ``first`` picks one of these for each."""
    if len(first) > MAX_VERTICES:
        raise too_large(seamed.path, f"it has {len(first):,} vertices")
    mesh = seamed.mesh
    return replace(
        mesh,
        vertices=mesh.vertices[first],
        polygons=np.where(mesh.polygons < 0, -1, row[mesh.polygons]).astype(np.int32),
        source_vertex=None if mesh.source_vertex is None else mesh.source_vertex[first],
    )
