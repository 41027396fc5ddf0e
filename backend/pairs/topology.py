# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a mesh has a model's topology, and which of its rows is which vertex of the model."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..mesh.topology import topology_hash
from ..mesh_files.mesh import Mesh, as_polygons
from ..mesh_files.polygons import halves, rings
from ..mesh_files.welding import welded
from ..morphable_model.model import MorphableModel
from .vertex_matching import AmbiguousError, match_vertices

KEEP_ORDER = (
    "Start from the base head that onesculpt writes, sculpt without adding, deleting or merging vertices "
    "(no dyntopo, remesh or decimate), and export with the vertex order kept."
)


@dataclass(frozen=True, eq=False)
class Correspondence:
    """How the rows of a file relate to the vertices of a model.

    Attributes
    ----------
    mesh
        The mesh, its seams merged where that was needed.
    order
        (N,) int64: row i of ``mesh`` is model vertex ``order[i]``.
    verified
        Whether polygons or ``source_vertex`` vouch for the order; a bare list of points has neither.
    conversions
        Sentences about what was put right.
    """

    mesh: Mesh
    order: NDArray[np.int64]
    verified: bool
    conversions: tuple[str, ...] = ()

    def in_model_order(self) -> NDArray[np.float64]:
        """(N, 3) positions, sorted as the model's vertices are."""
        vertices = np.empty_like(self.mesh.vertices)
        vertices[self.order] = self.mesh.vertices
        return vertices


def find_correspondence(mesh: Mesh, model: MorphableModel) -> Correspondence:
    """Relate a mesh to a model by ``source_vertex``, by face hash or by connectivity, in that order.

    Raises
    ------
    UserError
        Code ``count`` for another number of vertices, ``order`` for the right number in another
        order or under other polygons.
    """
    count = len(model.template)
    conversions = mesh.notes
    if len(mesh.vertices) > count and mesh.source_vertex is None:
        merged = _merge_seams(mesh, count)
        if merged is not None:
            mesh = merged
            conversions = (*conversions, f"Vertices of “{mesh.name}” that were doubled along seams were merged.")
    if len(mesh.vertices) != count:
        raise _wrong_count(mesh, model)
    if mesh.source_vertex is not None and model.source_vertex is not None:
        return Correspondence(mesh, source_order(mesh.name, mesh.source_vertex, model), True, conversions)
    identity = np.arange(count)
    if len(mesh.polygons) == 0:
        return Correspondence(mesh, identity, False, conversions)
    if topology_hash(mesh.polygons) == model.topology_hash or same_faces(mesh.polygons, model.polygons):
        return Correspondence(mesh, identity, True, conversions)
    order = None
    for polygons in (mesh.polygons, _joined_halves(mesh.polygons)):
        try:
            if order is None:
                order = match_vertices(polygons, mesh.vertices, model.polygons, model.template.astype(np.float64))
        except AmbiguousError:
            continue
    if order is None:
        raise UserError(
            f"“{mesh.name}” has the right number of vertices ({count:,}), but its vertex order is not that of "
            f"“{model.name}”: the polygons connect other vertices.",
            KEEP_ORDER,
            code="order",
        )
    note = f"The vertices of “{mesh.name}” were in another order; the polygons say which is which."
    return Correspondence(mesh, order, True, (*conversions, note))


def source_order(name: str, source_vertex: NDArray[np.int32], model: MorphableModel) -> NDArray[np.int64]:
    """(N,) model vertex of each row, looked up by the row's index in the published base mesh.

    Raises
    ------
    UserError
        When the rows don't name every vertex of the model exactly once.
    """
    assert model.source_vertex is not None  # noqa: S101 - callers checked
    sorter = np.argsort(model.source_vertex)
    place = np.searchsorted(model.source_vertex, source_vertex, sorter=sorter)
    order = sorter[np.minimum(place, len(sorter) - 1)]
    complete = len(order) == len(sorter) and len(np.unique(order)) == len(sorter)
    if not complete or (model.source_vertex[order] != source_vertex).any():
        raise UserError(
            f"“source_vertex” in “{name}” does not name each of the {len(sorter):,} vertices of "
            f"“{model.name}” exactly once.",
            "Save the file again with the “source_vertex” that came with the base head.",
            code="order",
        )
    return order


def _wrong_count(mesh: Mesh, model: MorphableModel) -> UserError:
    count, wanted = len(mesh.vertices), len(model.template)
    if abs(count - wanted) > 0.2 * wanted:
        message = (
            f"“{mesh.name}” is not made from a supported head: it has {count:,} vertices, and the supported "
            f"topology is “{model.name}” ({wanted:,} vertices, {len(model.polygons):,} polygons)."
        )
    else:
        difference = f"{abs(count - wanted):,} {'more' if count > wanted else 'fewer'}"
        message = (
            f"“{mesh.name}” has the wrong number of vertices: {count:,}, {difference} than “{model.name}” has "
            f"({wanted:,})."
        )
    return UserError(message, KEEP_ORDER, code="count")


def _merge_seams(mesh: Mesh, count: int) -> Mesh | None:
    """The mesh with the vertices of seams made one, if exactly ``count`` are left."""
    row, first = welded(mesh.vertices, halves(mesh.polygons.astype(np.int64)))
    if len(first) != count:
        return None
    row = np.append(row, -1)  # keeps -1 as -1
    return replace(
        mesh, vertices=mesh.vertices[first], polygons=row[mesh.polygons].astype(np.int32), uv=None, uv_polygons=None
    )


def _joined_halves(polygons: NDArray[np.int32]) -> NDArray[np.int32]:
    """Triangles, two after two, as the quads that an exporter cut them from; nothing where they are no such halves."""
    nothing = np.empty((0, 4), np.int32)
    if len(polygons) % 2 or (polygons[:, 3] >= 0).any():
        return nothing
    quads = [[int(polygons[corner]) for corner in ring] for ring in rings(polygons, np.arange(len(polygons)) // 2)]
    return np.array(quads, np.int32) if all(len(quad) == 4 for quad in quads) else nothing


def same_faces(polygons: NDArray[np.int32], model_polygons: NDArray[np.int32]) -> bool:
    """Whether polygons (Q, 4) are a model's, or another mesh's, whatever their sequence, first corner and winding.

    Quads may have been cut into triangles along either diagonal. Some may be missing (half at most)
    or have been added, but not both: that would be another order of a few vertices.
    """
    quads = model_polygons[model_polygons[:, 3] >= 0]
    own, wanted = _keys(polygons), _keys(model_polygons)
    halves = [_keys(quads[:, list(corners)]) for corners in ((0, 1, 2), (0, 2, 3), (0, 1, 3), (1, 2, 3))]
    there = [np.isin(half, own) for half in halves]
    found = np.isin(wanted, own)
    found[model_polygons[:, 3] >= 0] |= (there[0] & there[1]) | (there[2] & there[3])
    foreign = (~np.isin(own, np.concatenate([wanted, *halves]))).any()
    return bool(found.all() or (not foreign and found.mean() >= 0.5))


def _keys(polygons: NDArray[np.int32]) -> NDArray[np.complex128]:
    """One sortable key per polygon (k, 3 or 4), the same for every first corner and winding."""
    table = as_polygons(polygons).astype(np.int64)
    quads = table[:, 3] >= 0
    table[~quads, :3] = np.sort(table[~quads, :3], axis=1)
    first = table[quads].argmin(axis=1)[:, None]
    ring = np.take_along_axis(table[quads], (first + np.arange(4)) % 4, axis=1)
    ring[:, [1, 3]] = np.sort(ring[:, [1, 3]], axis=1)
    table[quads] = ring
    # MAX_VERTICES is below 2^21, so two vertex numbers fit in the real part of a complex number,
    # the one 16-byte type that sorts quickly.
    key = np.empty(len(table), np.complex128)
    key.real = ((table[:, 0] + 1) << 21) | (table[:, 1] + 1)
    key.imag = ((table[:, 2] + 1) << 21) | (table[:, 3] + 1)
    return key
