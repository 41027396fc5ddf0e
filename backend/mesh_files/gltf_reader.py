# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh out of a glTF file as any viewer shows it, with the vertices that seams doubled put together again."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .gltf_document import GltfDocument, compressed
from .gltf_materials import gltf_materials
from .gltf_primitives import SURFACE, Primitive, check_size, read_primitive
from .gltf_scene import GltfScene, moved, skinned
from .mesh import MAX_VERTICES, checked_mesh, damaged
from .seams import Seamed
from .welding import known_doubles

_UNDERSTOOD = (
    *("KHR_draco_mesh_compression", "KHR_mesh_quantization", "EXT_meshopt_compression", "KHR_meshopt_compression"),
    *("KHR_materials_", "KHR_texture_", "EXT_texture_", "MSFT_texture_dds", "KHR_lights_", "KHR_animation_pointer"),
    *("KHR_xmp", "VRM"),
)
"""Extensions that a file may require: those read here, and those that leave the shape alone, by their beginnings."""
_BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


def read_gltf(path: Path, data: bytes) -> Seamed:
    """Read every triangle of the scene where it stands at the default pose.

    glTF doubles vertices along seams of UVs, normals and materials. Files of ours say which row of the rig a vertex
    came from (``_VERTEX``, ``_SOURCE_VERTEX``), so their order comes back exactly.

    Raises
    ------
    UserError
        For damaged or oversized files, for files without triangles, and for those packed in a way that can't be read.
    """
    document = GltfDocument(path, data)
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # positions that are not finite are refused in a mesh
            pieces, notes = _pieces(document)
            return _joined(document, pieces, notes)
    except _BROKEN as error:
        raise damaged(path, "its glTF structure makes no sense") from error


def _pieces(document: GltfDocument) -> tuple[list[Primitive], tuple[str, ...]]:
    """The primitives of the scene, in place, and sentences about what was left out."""
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
    return pieces, tuple(notes)


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


def _joined(document: GltfDocument, pieces: list[Primitive], notes: tuple[str, ...]) -> Seamed:
    """All primitives as one mesh, vertices doubled as they stand in the file."""
    counts = np.cumsum([0] + [len(piece.positions) for piece in pieces])
    sizes = [len(piece.triangles) for piece in pieces]
    triangles = np.concatenate([piece.triangles + start for piece, start in zip(pieces, counts, strict=False)])
    uv = uv_triangles = None
    textured = ["TEXCOORD_0" in piece.attributes for piece in pieces]
    if any(textured):
        uv = np.concatenate(
            [piece.attributes.get("TEXCOORD_0", np.zeros((len(piece.positions), 2))) for piece in pieces]
        )
        uv = np.column_stack([uv[:, 0], 1 - uv[:, 1]])
        uv_triangles = np.where(np.repeat(textured, sizes)[:, None], triangles, -1)
    source, row = _numbers(pieces, "_SOURCE_VERTEX"), _numbers(pieces, "_VERTEX")
    material = np.repeat([piece.material for piece in pieces], sizes)
    materials, lost = gltf_materials(document)

    def distinct() -> NDArray[np.int64]:
        numbers: list[NDArray[np.int64]] = []
        for piece, start in zip(pieces, counts, strict=False):
            surface = [piece.attributes[name] for name in SURFACE if name in piece.attributes]
            doubles = known_doubles(piece.triangles, piece.positions, *surface)
            numbers.append(np.where(doubles < 0, -1, doubles + start))
        return np.concatenate(numbers)

    mesh = checked_mesh(
        document.path,
        np.concatenate([piece.positions for piece in pieces]),
        triangles,
        uv,
        uv_triangles,
        source,
        materials=materials,
        face_material=np.where(np.isin(material, np.arange(len(materials))), material, -1),
        notes=(*notes, *lost),
        most=4 * MAX_VERTICES,
    )
    return Seamed(document.path, mesh, distinct, row)


def _numbers(pieces: list[Primitive], name: str) -> NDArray[np.int64] | None:
    """(n,) whole numbers that all primitives have under a name; None where one lacks them, or they are none."""
    if not all(name in piece.attributes and piece.attributes[name].ndim == 1 for piece in pieces):
        return None
    values = np.concatenate([piece.attributes[name] for piece in pieces])
    return np.rint(values).astype(np.int64) if np.isfinite(values).all() else None
