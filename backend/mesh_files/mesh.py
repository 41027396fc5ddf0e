# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh as it stands in a file: positions, polygons and UVs in the file's own order."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UserError

MAX_VERTICES = 2_000_000
"""Meshes above this are refused: no face is that dense, and a broken header may claim anything."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture in its file's bytes, of type ``mime``, and how glTF's ``sampler`` object says to read it."""

    data: bytes
    mime: str
    sampler: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Material:
    """How a surface looks, in glTF's terms.

    Attributes
    ----------
    name
        Its name in the file.
    definition
        A material object of glTF 2.0 whose texture indices count in ``pictures``; all use the mesh's one set of UVs.
    pictures
        What the definition refers to.
    """

    name: str
    definition: dict[str, Any]
    pictures: tuple[Picture, ...] = ()


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
        (U, 2) float32 and (Q, 4) int32 with -1 where ``polygons`` has it, and only there, or None.
    name
        What messages call the mesh.
    source_vertex
        (N,) int32, index of each row in the morphable model's published base mesh, or None.
    polygon_of
        (Q,) int32, the file's polygon that each row of ``polygons`` is a piece of; None where all are whole.
    materials, face_material
        The file's materials, and (Q,) int32 which of them each polygon has, -1 for none; None where no polygon has any.
    notes
        Sentences about what reading put right or left out.
    """

    vertices: NDArray[np.float64]
    polygons: NDArray[np.int32]
    uv: NDArray[np.float32] | None
    uv_polygons: NDArray[np.int32] | None
    name: str
    source_vertex: NDArray[np.int32] | None = None
    polygon_of: NDArray[np.int32] | None = None
    materials: tuple[Material, ...] = ()
    face_material: NDArray[np.int32] | None = None
    notes: tuple[str, ...] = ()


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


def check_corners(path: Path, count: int) -> None:
    """Refuse a file whose polygons have more corners, all together, than those of any face."""
    if count > 12 * MAX_VERTICES:
        raise too_large(path, f"its polygons have {count:,} corners")


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
    *,
    polygon_of: NDArray[np.integer] | None = None,
    materials: tuple[Material, ...] = (),
    face_material: NDArray[np.integer] | None = None,
    notes: tuple[str, ...] = (),
    most: int = MAX_VERTICES,
) -> Mesh:
    """Validate what a reader found and freeze it as a `Mesh`.

    Corners without a UV beside corners with one get the UV (0, 0), as they have it wherever each vertex needs one.

    ``most`` is how many vertices it may have.

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
    if len(positions) > most:
        raise too_large(path, f"it has {len(positions):,} vertices")
    check_finite(positions, path.name)
    check_polygons(path, quads, len(positions), "vertex")
    with np.errstate(invalid="ignore", over="ignore"):
        texture = None if uv is None else np.nan_to_num(np.array(uv, np.float32), posinf=0, neginf=0)
    if texture is None or quads_uv is None or len(texture) == 0:
        texture = quads_uv = None
    elif texture.ndim != 2 or texture.shape[1] != 2 or quads_uv.shape != quads.shape:
        raise damaged(path, "its UVs do not match its polygons")
    else:
        texture, quads_uv = _without_gaps(texture, quads_uv, quads)
    if texture is not None and quads_uv is not None:
        check_polygons(path, quads_uv, len(texture), "UV")
    source = None if source_vertex is None else np.array(source_vertex, np.int64).astype(np.int32)
    if source is not None and source.shape != (len(positions),):
        raise damaged(path, "its “source_vertex” does not match its vertices")
    if polygon_of is not None and polygon_of.shape != (len(quads),):
        raise damaged(path, "its “polygon_of” does not match its polygons")
    return Mesh(
        positions,
        quads,
        texture,
        quads_uv,
        path.stem,
        source,
        None if polygon_of is None else polygon_of.astype(np.int32),
        materials,
        None if face_material is None or not (face_material >= 0).any() else face_material.astype(np.int32),
        notes,
    )


def _without_gaps(
    uv: NDArray[np.float32], uv_polygons: NDArray[np.int32], polygons: NDArray[np.int32]
) -> tuple[NDArray[np.float32] | None, NDArray[np.int32] | None]:
    """UVs with one more, (0, 0), for the corners that have none; nothing when none has any."""
    corner = polygons >= 0
    missing = corner & (uv_polygons < 0)
    if len(polygons) and not (corner & ~missing).any():
        return None, None
    if missing.any():
        uv_polygons = np.where(missing, len(uv), uv_polygons)
        uv = np.concatenate([uv, np.zeros((1, 2), np.float32)])
    return uv, uv_polygons
