# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts taken out of a rig, and rigs of one face put together."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .rig import Rig


def only_polygons(rig: Rig, wanted: NDArray[np.bool_]) -> Rig:
    """The marked polygons (Q,) and the vertices that they use, with all that the rig says of these."""
    polygons = rig.polygons[wanted]
    used = np.unique(polygons[polygons >= 0])
    uv, uv_polygons = rig.uv, rig.uv_polygons
    if uv is not None and uv_polygons is not None:
        corners = np.where(polygons >= 0, uv_polygons[wanted], -1)
        kept = np.unique(corners[corners >= 0])
        uv, uv_polygons = uv[kept], _renumbered(corners, kept)
    return replace(
        rig,
        vertices=rig.vertices[used],
        polygons=_renumbered(polygons, used),
        deltas=rig.deltas[:, used],
        uv=uv,
        uv_polygons=uv_polygons,
        face_part=rig.face_part[wanted],
        source_vertex=rig.source_vertex[used],
        skin_weights=rig.skin_weights[used],
        correctives=tuple(replace(key, deltas=key.deltas[used]) for key in rig.correctives),
        polygon_of=None if rig.polygon_of is None else rig.polygon_of[wanted],
        face_material=None if rig.face_material is None else rig.face_material[wanted],
    )


def joined(rig: Rig, more: Rig) -> Rig:
    """``rig`` with the vertices and polygons of ``more`` behind its own.

    Both have the same keys, correctives and joints. Where ``rig`` has no UVs the result has none; what ``more``
    lacks of UVs is a point.
    """
    count, names = len(rig.vertices), tuple(dict.fromkeys((*rig.part_names, *more.part_names)))
    part = np.array([names.index(name) for name in more.part_names], np.uint8)[more.face_part]
    uv, uv_polygons = rig.uv, rig.uv_polygons
    if uv is not None and uv_polygons is not None:
        added, corners = more.uv, more.uv_polygons
        if added is None or corners is None:
            added, corners = np.zeros((1, 2), np.float32), np.minimum(more.polygons, 0)
        uv_polygons = np.concatenate([uv_polygons, np.where(corners >= 0, corners + len(uv), -1).astype(np.int32)])
        uv = np.concatenate([uv, added])
    return replace(
        rig,
        vertices=np.concatenate([rig.vertices, more.vertices]),
        polygons=np.concatenate([rig.polygons, np.where(more.polygons >= 0, more.polygons + count, -1)]),
        deltas=np.concatenate([rig.deltas, more.deltas], axis=1),
        uv=uv,
        uv_polygons=uv_polygons,
        face_part=np.concatenate([rig.face_part, part]),
        part_names=names,
        source_vertex=np.concatenate([rig.source_vertex, more.source_vertex]),
        skin_weights=np.concatenate([rig.skin_weights, more.skin_weights]),
        correctives=tuple(
            replace(key, deltas=np.concatenate([key.deltas, other.deltas]))
            for key, other in zip(rig.correctives, more.correctives, strict=True)
        ),
        polygon_of=_joined_polygons(rig, more),
        materials=(*rig.materials, *more.materials),
        face_material=_joined_materials(rig, more),
    )


def _joined_polygons(rig: Rig, more: Rig) -> NDArray[np.int32] | None:
    if rig.polygon_of is None and more.polygon_of is None:
        return None
    own, added = (
        np.arange(len(part.polygons), dtype=np.int32) if part.polygon_of is None else part.polygon_of
        for part in (rig, more)
    )
    return np.concatenate([own, added + own.max(initial=-1) + 1])


def _joined_materials(rig: Rig, more: Rig) -> NDArray[np.int32] | None:
    if rig.face_material is None and more.face_material is None:
        return None
    own, added = (
        np.full(len(part.polygons), -1, np.int32) if part.face_material is None else part.face_material
        for part in (rig, more)
    )
    return np.concatenate([own, np.where(added >= 0, added + len(rig.materials), -1).astype(np.int32)])


def _renumbered(polygons: NDArray[np.int32], kept: NDArray[np.integer]) -> NDArray[np.int32]:
    """Indices as places among the sorted ``kept``; -1 stays."""
    return np.where(polygons >= 0, np.searchsorted(kept, polygons), -1).astype(np.int32)
