# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh out of a glTF file as any viewer shows it, with the vertices that seams doubled put together again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .gltf_document import GltfDocument, compressed
from .gltf_materials import gltf_materials
from .gltf_primitives import SURFACE, Primitive, check_size, read_primitive
from .gltf_scene import GltfScene, moved, skinned
from .mesh import Mesh, checked_mesh, damaged
from .welding import known_doubles, welded

_UNDERSTOOD = (
    *("KHR_draco_mesh_compression", "KHR_mesh_quantization", "EXT_meshopt_compression", "KHR_meshopt_compression"),
    *("KHR_materials_", "KHR_texture_", "EXT_texture_", "MSFT_texture_dds", "KHR_lights_", "KHR_animation_pointer"),
    *("KHR_xmp", "VRM"),
)
"""Extensions that a file may require: those read here, and those that leave the shape alone, by their beginnings."""
_BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, eq=False)
class Surface:
    """All triangles of a file, vertices doubled as they stand in it.

    Attributes
    ----------
    positions
        (n, 3) float64 in the scene's frame.
    triangles
        (m, 3) int64.
    attributes
        (n, …) by name; those that all primitives have, and ``TEXCOORD_0`` where any has it, 0 in the others.
    has_uv
        (m,) whether a triangle's vertices have UVs.
    distinct
        As `welding.welded` takes it.
    face_material
        (m,) number of each triangle's material, or -1.
    notes
        Sentences about what was left out.
    """

    positions: NDArray[np.float64]
    triangles: NDArray[np.int64]
    attributes: dict[str, NDArray[Any]]
    has_uv: NDArray[np.bool_]
    distinct: Callable[[], NDArray[np.int64]]
    face_material: NDArray[np.int64]
    notes: tuple[str, ...]


def read_gltf(path: Path, data: bytes) -> Mesh:
    """Read every triangle of the scene where it stands at the default pose.

    glTF doubles vertices along seams of UVs, normals and materials. Files of ours say which row of the rig a vertex
    came from (``_VERTEX``, ``_SOURCE_VERTEX``), so their order comes back exactly; in others, vertices that an edge
    of the surface had in common become one again, in the order of their first appearance.

    Raises
    ------
    UserError
        For damaged or oversized files, for files without triangles, and for those packed in a way that can't be read.
    """
    document, surface = _opened(path, data)
    return _mesh(document, surface, *_rows(surface, surface.positions))


def read_gltf_pair(paths: tuple[Path, Path], data: tuple[bytes, bytes]) -> tuple[Mesh, Mesh]:
    """Read two files as `read_gltf` does; where they double the same vertices, these become one in both alike.

    Lips that touch in one of two shapes of a head, and not in the other, would be told from a seam in one alone.
    """
    (one, first), (other, second) = (_opened(*item) for item in zip(paths, data, strict=True))
    if np.array_equal(first.triangles, second.triangles) and len(first.positions) == len(second.positions):
        together = np.concatenate([first.positions, second.positions], axis=1)
        rows = _rows(first, together)
        return _mesh(one, first, *rows), _mesh(other, second, *rows)
    return _mesh(one, first, *_rows(first, first.positions)), _mesh(other, second, *_rows(second, second.positions))


def _opened(path: Path, data: bytes) -> tuple[GltfDocument, Surface]:
    document = GltfDocument(path, data)
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # positions that are not finite are refused in a mesh
            return document, _read_surface(document)
    except _BROKEN as error:
        raise damaged(path, "its glTF structure makes no sense") from error


def _read_surface(document: GltfDocument) -> Surface:
    for extension in document.json.get("extensionsRequired", []):
        if not extension.startswith(_UNDERSTOOD):
            raise (
                compressed(document.path, extension)
                if "compression" in extension
                else UserError(
                    f"“{document.path.name}” can't be shown without “{extension}”, which is not known here.",
                    "Export the head again as plain GLB.",
                    code="format",
                )
            )
    scene = GltfScene(document)
    nodes = [(node, document.list("meshes")[scene.nodes[node]["mesh"]]) for node in scene.mesh_nodes()]
    check_size(document, (primitive for _, mesh in nodes for primitive in mesh["primitives"]))
    pieces: list[Primitive] = []
    posed = False
    for node, mesh in nodes:
        weights = scene.nodes[node].get("weights", mesh.get("weights", []))
        for primitive in mesh["primitives"]:
            piece = read_primitive(document, primitive, weights)
            if piece is not None:
                posed |= _place(scene, node, piece)
                pieces.append(piece)
    if not sum(len(piece.triangles) for piece in pieces):
        raise UserError(f"“{document.path.name}” has no triangles.", "Export a head mesh and try again.", code="empty")
    name = document.path.name
    notes: list[str] = []
    if targets := max(piece.targets for piece in pieces):
        notes.append(
            f"The shape keys in “{name}” ({targets}) were not taken over; it was read with the values that they have there."
        )
    if posed:
        notes.append(f"“{name}” was read in the pose that its skeleton has in the file.")
    return _joined(pieces, tuple(notes))


def _place(scene: GltfScene, node: int, piece: Primitive) -> bool:
    """Move a primitive to where its node or its skin has it; whether a skin moved it."""
    skinning = piece.skinning()
    if "skin" not in scene.nodes[node] or skinning is None:
        transform = scene.world(node)
        piece.positions = moved(piece.positions, transform)
        mirrored = np.linalg.det(transform[:3, :3]) < 0
        posed = False
    else:
        transforms = scene.joint_transforms(scene.nodes[node]["skin"])
        before = piece.positions
        piece.positions = skinned(before, transforms, *skinning)
        mirrored = np.linalg.det(transforms[np.unique(skinning[0]), :3, :3]).mean() < 0
        posed = not np.array_equal(before, piece.positions)
    if mirrored:
        piece.triangles = piece.triangles[:, ::-1]
    return posed


def _joined(pieces: list[Primitive], notes: tuple[str, ...]) -> Surface:
    counts = np.cumsum([0] + [len(piece.positions) for piece in pieces])
    names = set.intersection(*(set(piece.attributes) for piece in pieces)) & {"_VERTEX", "_SOURCE_VERTEX"}
    attributes = {name: np.concatenate([piece.attributes[name] for piece in pieces]) for name in names}
    textured = [("TEXCOORD_0" in piece.attributes) for piece in pieces]
    if any(textured):
        attributes["TEXCOORD_0"] = np.concatenate(
            [piece.attributes.get("TEXCOORD_0", np.zeros((len(piece.positions), 2))) for piece in pieces]
        )

    def distinct() -> NDArray[np.int64]:
        numbers: list[NDArray[np.int64]] = []
        for piece, start in zip(pieces, counts, strict=False):
            surface = [piece.attributes[name] for name in SURFACE if name in piece.attributes]
            doubles = known_doubles(piece.triangles, piece.positions, *surface)
            numbers.append(np.where(doubles < 0, -1, doubles + start))
        return np.concatenate(numbers)

    sizes = [len(piece.triangles) for piece in pieces]
    return Surface(
        np.concatenate([piece.positions for piece in pieces]),
        np.concatenate([piece.triangles + start for piece, start in zip(pieces, counts, strict=False)]),
        attributes,
        np.repeat(textured, sizes),
        distinct,
        np.repeat([piece.material for piece in pieces], sizes),
        notes,
    )


def _rows(surface: Surface, positions: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row (n,) of the mesh that each vertex of the file is, and the first vertex of each row."""
    rows = surface.attributes.get("_VERTEX")
    if rows is not None and rows.ndim == 1 and np.isfinite(rows).all():
        row = np.rint(rows).astype(np.int64)
        known, first = np.unique(row, return_index=True)
        if (known == np.arange(len(known))).all():
            return row, first
    if not np.isfinite(positions).all():
        return np.arange(len(positions)), np.arange(len(positions))  # refused, with a sentence, as a mesh
    return welded(positions, surface.triangles, surface.distinct)


def _mesh(document: GltfDocument, surface: Surface, row: NDArray[np.int64], first: NDArray[np.int64]) -> Mesh:
    """The mesh whose vertex ``row[i]`` is glTF vertex i; ``first`` picks one glTF vertex per row."""
    uv = surface.attributes.get("TEXCOORD_0")
    source = surface.attributes.get("_SOURCE_VERTEX")
    try:
        materials, notes = gltf_materials(document)
        return checked_mesh(
            document.path,
            surface.positions[first],
            row[surface.triangles],
            None if uv is None else np.column_stack([uv[:, 0], 1 - uv[:, 1]]),
            None if uv is None else np.where(surface.has_uv[:, None], surface.triangles, -1),
            None if source is None else np.rint(source[first]),
            materials=materials,
            face_material=np.where(
                np.isin(surface.face_material, np.arange(len(materials))), surface.face_material, -1
            ),
            notes=(*surface.notes, *notes),
        )
    except _BROKEN as error:
        raise damaged(document.path, "its glTF structure makes no sense") from error
