# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as GLB: named morph targets, skeleton, skin weights, UVs, normals, the artist's materials or one per part group.

Source: Khronos, glTF 2.0 specification (morph targets 3.7.2.2, skins 3.7.3, sparse accessors 3.6.2.3).
trimesh writes no morph targets, and pygltflib leaves accessors and their packing, which is most of it, to its caller.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..files import atomic_write
from ..mesh.normals import vertex_normals
from ..mesh_files.glb_container import ELEMENT_ARRAY_BUFFER, Packer, join_glb
from ..mesh_files.gltf_materials import packed_materials
from ..mesh_files.mesh import Material, Picture
from ..rendering.materials import head_materials
from ..rig.rig import Rig
from .eye_texture import eye_png, eye_uv
from .part_groups import GROUPS, PartGroup, group_of_polygons
from .render_vertices import RenderVertices, render_vertices

MIN_DELTA = 1e-7
"""Offsets below a ten-thousandth of a millimetre are stored as zero, which keeps files small."""
_MIN_NORMAL_DELTA = 1e-4
_EYE_SAMPLER = {"wrapS": 33071, "wrapT": 33071, "magFilter": 9729, "minFilter": 9987}


def write_glb(
    rig: Rig, path: str | os.PathLike[str], *, correctives: bool = False, extras: Mapping[str, Any] | None = None
) -> None:
    """Write a rig as one skinned mesh with E named morph targets, in metres, +Y up, facing +Z.

    ``correctives`` adds the rig's corrective keys as morph targets after the E sliders; the mesh's
    extras then hold ``correctives``, a list of ``name``, ``inputs`` and ``formula``. glTF has no
    way to drive a target by a formula, so the application has to. ``extras`` go into the document's own,
    over what these say of unit and axes.

    Vertices are doubled along UV seams; the custom attributes ``_VERTEX`` (row of the rig) and
    ``_SOURCE_VERTEX`` (row of the model's published base mesh) lead back to the original order.

    Raises
    ------
    UserError
        When the file can't be written.
    """
    driven = rig.correctives if correctives else ()
    if driven:
        rig = replace(
            rig,
            names=(*rig.names, *(key.name for key in driven)),
            deltas=np.concatenate([rig.deltas, np.stack([key.deltas for key in driven])]),
        )
    packer = Packer()
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": f"Onesculpt {__version__}"},
        "scene": 0,
        "extras": {"unit": "metre", "up": "+Y", "forward": "+Z", **(extras or {})},
    }
    primitives, surfaces = _primitives(rig, packer)
    joints, roots, skin = _skeleton(rig, packer)
    mesh_node: dict[str, Any] = {"name": rig.name, "mesh": 0}
    if skin is not None:
        mesh_node["skin"] = 0
        document["skins"] = [skin]
    document["nodes"] = [mesh_node, *joints]
    document["scenes"] = [{"name": rig.name, "nodes": [0, *roots]}]
    mesh: dict[str, Any] = {"name": rig.name, "primitives": primitives}
    if rig.names:
        mesh["weights"] = [0.0] * len(rig.names)
        mesh["extras"] = {"targetNames": list(rig.names)}
    if driven:
        mesh["extras"]["correctives"] = [
            {"name": key.name, "inputs": list(key.inputs), "formula": key.formula} for key in driven
        ]
    document["meshes"] = [mesh]
    document |= packed_materials(surfaces, packer)
    document["accessors"] = packer.accessors
    document["bufferViews"] = packer.views
    document["buffers"] = [{"byteLength": len(packer.binary)}]
    with atomic_write(path) as temporary:
        temporary.write_bytes(join_glb(document, packer.binary))


def _primitives(rig: Rig, packer: Packer) -> tuple[list[dict[str, Any]], list[Material]]:
    """One primitive for each material: the artist's own, then those of the part groups of all other polygons."""
    normals = _normals(rig, rig.vertices)
    deltas = np.where(np.abs(rig.deltas) < MIN_DELTA, np.float32(0), rig.deltas)
    normal_deltas = np.empty_like(deltas)
    for target, delta in enumerate(deltas):
        change = _normals(rig, rig.vertices + delta) - normals
        # Parallel sums differ in the last digits; those differences would be stored for nothing.
        change[np.abs(change).max(axis=1) < _MIN_NORMAL_DELTA] = 0
        normal_deltas[target] = change
    split = render_vertices(rig)
    looks = head_materials(
        rig.vertices, split.row[split.triangles], rig.face_part[split.polygon], rig.part_names
    ).eye_direction
    surface = _surface_of_polygons(rig)[split.polygon]
    skinning = _four_weights(rig.skin_weights) if rig.joint_names else None
    primitives: list[dict[str, Any]] = []
    materials: list[Material] = []
    for index in np.unique(surface[surface >= 0]):
        used, local = np.unique(split.triangles[surface == index], return_inverse=True)
        row = split.row[used]
        attributes = _attributes(rig, packer, split, used.astype(np.int64), normals[row])
        if index < len(rig.materials):
            materials.append(rig.materials[index])
        else:
            group, eye_uvs = GROUPS[index - len(rig.materials)], None
            if group.name == "eyes" and looks is not None and looks[row].any():
                eye_uvs = sum(name.startswith("TEXCOORD_") for name in attributes)  # the first number that is free
                attributes[f"TEXCOORD_{eye_uvs}"] = packer.array(eye_uv(looks[row]), "VEC2")
            materials.append(_material(group, eye_uvs))
        if skinning is not None:
            attributes["JOINTS_0"] = packer.array(skinning[0][row], "VEC4")
            attributes["WEIGHTS_0"] = packer.array(skinning[1][row], "VEC4")
        primitive: dict[str, Any] = {
            "attributes": attributes,
            "indices": packer.array(_indices(local), "SCALAR", ELEMENT_ARRAY_BUFFER),
            "material": len(primitives),
            "mode": 4,
        }
        if rig.names:
            primitive["targets"] = [
                {
                    "POSITION": packer.sparse(deltas[target, row], bounds=True),
                    "NORMAL": packer.sparse(normal_deltas[target, row]),
                }
                for target in range(len(rig.names))
            ]
        primitives.append(primitive)
    return primitives, materials


def _surface_of_polygons(rig: Rig) -> NDArray[np.int64]:
    """(Q,) index of each polygon's material among the artist's and, behind these, the part groups'."""
    group = len(rig.materials) + group_of_polygons(rig.face_part, rig.part_names)
    return group if rig.face_material is None else np.where(rig.face_material >= 0, rig.face_material, group)


def _normals(rig: Rig, vertices: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit normals (N, 3) of a pose of the rig; +Y where there is no area, for the format knows no zero normals."""
    normals = vertex_normals(vertices.astype(np.float64), rig.triangles)
    return np.where(normals.any(axis=1, keepdims=True), normals, [0.0, 1.0, 0.0])


def _material(group: PartGroup, eye_uvs: int | None) -> Material:
    """A group's material, with the picture of an eye on the set of UVs of that number if there is one."""
    surface: dict[str, Any] = {
        "baseColorFactor": [*group.color, group.opacity],
        "metallicFactor": 0.0,
        "roughnessFactor": group.roughness,
    }
    if eye_uvs is not None:
        surface["baseColorFactor"] = [1.0, 1.0, 1.0, 1.0]
        surface["baseColorTexture"] = {"index": 0, "texCoord": eye_uvs}
    definition: dict[str, Any] = {"pbrMetallicRoughness": surface}
    if group.double_sided:
        definition["doubleSided"] = True
    if group.opacity < 1:
        definition["alphaMode"] = "BLEND"
    pictures = () if eye_uvs is None else (Picture(eye_png(), "image/png", _EYE_SAMPLER),)
    return Material(group.name, definition, pictures)


def _attributes(
    rig: Rig, packer: Packer, split: RenderVertices, used: NDArray[np.int64], normals: NDArray[np.float64]
) -> dict[str, int]:
    row = split.row[used]
    unit = normals.astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    attributes = {
        "POSITION": packer.array(rig.vertices[row].astype(np.float32), "VEC3", bounds=True),
        "NORMAL": packer.array(unit, "VEC3"),
    }
    if rig.uv is not None and split.uv_row is not None:
        uv = rig.uv[split.uv_row[used]].astype(np.float64)
        down = np.column_stack([uv[:, 0], 1 - uv[:, 1]]).astype(np.float32)
        attributes["TEXCOORD_0"] = packer.array(down, "VEC2")
    # Custom attributes may not be 32-bit integers; float32 counts exactly up to 16 million.
    attributes["_VERTEX"] = packer.array(row.astype(np.float32), "SCALAR")
    attributes["_SOURCE_VERTEX"] = packer.array(rig.source_vertex[row].astype(np.float32), "SCALAR")
    return attributes


def _indices(local: NDArray[np.int64]) -> NDArray[Any]:
    # 65535 itself is the primitive restart value, which glTF forbids as an index.
    return local.ravel().astype("<u2" if local.max() < 0xFFFF else "<u4")


def _four_weights(weights: NDArray[np.float32]) -> tuple[NDArray[np.uint8 | np.uint16], NDArray[np.float32]]:
    """Joint indices and weights (N, 4): the four largest of each vertex, summing to one.

    An unused slot names joint 0 with weight 0, as the format asks.
    """
    count = min(4, weights.shape[1])
    strongest = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    values = np.take_along_axis(weights, strongest, axis=1).astype(np.float64)
    values[values < 1e-4] = 0
    values /= values.sum(axis=1, keepdims=True)
    joints = np.zeros((len(weights), 4), np.uint8 if weights.shape[1] <= 255 else np.uint16)
    packed = np.zeros((len(weights), 4), np.float32)
    joints[:, :count] = np.where(values > 0, strongest, 0)
    packed[:, :count] = values
    return joints, packed


def _skeleton(rig: Rig, packer: Packer) -> tuple[list[dict[str, Any]], list[int], dict[str, Any] | None]:
    """Joint nodes (the first is node 1), the root nodes among them, and the skin."""
    count = len(rig.joint_names)
    if not count:
        return [], [], None
    positions = rig.joints.astype(np.float64)
    nodes: list[dict[str, Any]] = []
    for joint, name in enumerate(rig.joint_names):
        parent = rig.joint_parents[joint]
        offset = positions[joint] - (positions[parent] if parent >= 0 else 0)
        children = [1 + c for c in range(count) if rig.joint_parents[c] == joint]
        node: dict[str, Any] = {"name": name, "translation": offset.astype(np.float32).tolist()}
        if children:
            node["children"] = children
        nodes.append(node)
    roots = [1 + joint for joint in range(count) if rig.joint_parents[joint] < 0]
    if len(roots) > 1:  # a skin needs one common root
        nodes.append({"name": "skeleton", "children": roots})
        roots = [1 + count]
    inverse_bind = np.tile(np.eye(4, dtype=np.float32), (count, 1, 1))
    inverse_bind[:, 3, :3] = -positions  # glTF stores matrices column by column
    skin = {
        "name": "head",
        "joints": list(range(1, count + 1)),
        "skeleton": roots[0],
        "inverseBindMatrices": packer.array(inverse_bind.reshape(count, 16), "MAT4", None),
    }
    return nodes, roots, skin
