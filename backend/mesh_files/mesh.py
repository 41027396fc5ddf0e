# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh as it stands in a file: positions, polygons and UVs in the file's own order."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UserError

MAX_VERTICES = 2_000_000
"""Meshes above this are refused: no face is that dense, and a broken header may claim anything."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """One mesh in the vertex order of its file, validated.

    Attributes
    ----------
    vertices
        (N, 3) float64, in the file's own unit and axes.
    polygons
        (Q, 4) int32, quads; a triangle has -1 as its fourth index. Empty for a bare point list.
    uv, uv_polygons
        (U, 2) float32 and (Q, 4) int32 with -1 where ``polygons`` has it, or None.
    name
        What messages call the mesh.
    source_vertex
        (N,) int32, index of each row in the morphable model's published base mesh, or None.
    """

    vertices: NDArray[np.float64]
    polygons: NDArray[np.int32]
    uv: NDArray[np.float32] | None
    uv_polygons: NDArray[np.int32] | None
    name: str
    source_vertex: NDArray[np.int32] | None = None


def damaged(path: Path, reason: str) -> UserError:
    """The error of a file whose content contradicts itself, for example because it was cut off."""
    return UserError(
        f"“{path.name}” is damaged or incomplete: {reason}.",
        "Export it again and check that the export finished.",
        code="damaged",
    )


def too_large(path: Path, reason: str) -> UserError:
    """The error of a file that would unpack to more than any face needs."""
    return UserError(
        f"“{path.name}” is too large to be a face: {reason}.",
        f"Export only the head, with at most {MAX_VERTICES:,} vertices.",
        code="too-large",
    )


def as_polygons(faces: ArrayLike) -> NDArray[np.int32]:
    """(Q, 3) or (Q, 4) indices as (Q, 4) int32, triangles with -1 as their fourth index.

    Raises ValueError for any other shape.
    """
    array = np.asarray(faces)
    if array.size == 0:
        return np.empty((0, 4), np.int32)
    if array.ndim != 2 or array.shape[1] not in (3, 4):
        raise ValueError(f"polygons must be (Q, 3) or (Q, 4), not {array.shape}")
    if array.shape[1] == 3:
        array = np.concatenate([array, np.full((len(array), 1), -1, array.dtype)], axis=1)
    limits = np.iinfo(np.int32)
    return np.ascontiguousarray(np.clip(array, limits.min, limits.max).astype(np.int32))


def fans(corners: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(Q, 4) triangles, with -1 as their fourth index, and quads, of polygons one after the other in ``corners``.

    ``lengths`` says how many corners, three or more, each has; above four they are split into fans.
    """
    pieces = np.where(lengths > 4, lengths - 2, 1)
    owner = np.repeat(np.arange(len(lengths)), pieces)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    first = (np.cumsum(lengths) - lengths)[owner]
    polygons = np.full((len(owner), 4), -1, np.int64)
    polygons[:, :3] = corners[np.stack([first, first + step + 1, first + step + 2], axis=1)]
    quads = lengths[owner] == 4
    polygons[quads, 3] = corners[first[quads] + 3]
    return polygons


def merged(points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points (N, 3) at the same position made one, in the order of their first appearance.

    Returns the place (N,) of each point among those that are left, and (M,) where these first appear.
    """
    whole = np.ascontiguousarray(points).view([("", points.dtype)] * 3).ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.ravel()], np.sort(first)


def check_polygons(path: Path, polygons: NDArray[np.int32], count: int, what: str) -> None:
    """Refuse indices that point outside ``count`` rows; only a fourth corner may be -1."""
    if len(polygons) == 0:
        return
    lowest, highest = int(polygons[:, :3].min()), int(polygons.max())
    if lowest < 0 or int(polygons[:, 3].min()) < -1 or highest >= count:
        wrong = highest if highest >= count else min(lowest, int(polygons[:, 3].min()))
        raise damaged(path, f"a polygon refers to {what} {wrong}, but there are only {count}")


def check_finite(vertices: NDArray[np.floating], name: str) -> None:
    """Refuse NaN and infinite coordinates, saying how many and which comes first."""
    bad = np.flatnonzero(~np.isfinite(vertices).all(axis=1))
    if len(bad):
        many = "1 vertex has" if len(bad) == 1 else f"{len(bad)} vertices have"
        raise UserError(
            f"{many} no valid position in “{name}” (NaN or infinite; the first is vertex {bad[0]}).",
            "Undo the step that broke them, or smooth them back into place, and export again.",
            code="not-finite",
        )


def checked_mesh(
    path: Path,
    vertices: ArrayLike,
    polygons: ArrayLike,
    uv: ArrayLike | None = None,
    uv_polygons: ArrayLike | None = None,
    source_vertex: ArrayLike | None = None,
) -> Mesh:
    """Validate what a reader found and freeze it as a `Mesh`.

    Raises
    ------
    UserError
        For an empty mesh, too many vertices, indices out of range or positions that aren't finite.
    """
    try:
        positions = np.array(vertices, np.float64)
        quads = as_polygons(polygons)
        quads_uv = None if uv_polygons is None else as_polygons(uv_polygons)
    except ValueError as error:
        raise damaged(path, f"its arrays have the wrong form ({error})") from error
    if positions.size == 0:
        raise UserError(f"“{path.name}” has no vertices.", "Export a head mesh and try again.", code="empty")
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise damaged(path, f"its vertices have the form {positions.shape} instead of (N, 3)")
    if len(positions) > MAX_VERTICES:
        raise too_large(path, f"it has {len(positions):,} vertices")
    check_finite(positions, path.name)
    check_polygons(path, quads, len(positions), "vertex")
    texture = None if uv is None else np.array(uv, np.float32)
    if texture is None or quads_uv is None or len(texture) == 0:
        texture = quads_uv = None
    elif texture.ndim != 2 or texture.shape[1] != 2 or quads_uv.shape != quads.shape:
        raise damaged(path, "its UVs do not match its polygons")
    else:
        check_polygons(path, quads_uv, len(texture), "UV")
    source = None if source_vertex is None else np.array(source_vertex, np.int64).astype(np.int32)
    if source is not None and source.shape != (len(positions),):
        raise damaged(path, "its “source_vertex” does not match its vertices")
    return Mesh(positions, quads, texture, quads_uv, path.stem, source)
