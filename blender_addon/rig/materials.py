# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain materials for the parts of a face, shared by all rigs of a file; eyes get an iris and a pupil."""

import bpy
import numpy as np

from ..pair.meshes import set_materials
from .data import RigData

COLOURS = {
    "skin": (0.62, 0.42, 0.33, 1.0),
    "eye": (0.85, 0.85, 0.82, 1.0),
    "tongue": (0.55, 0.2, 0.2, 1.0),
    "teeth": (0.83, 0.8, 0.7, 1.0),
    "mouth": (0.3, 0.09, 0.09, 1.0),
    "lashes": (0.03, 0.02, 0.02, 1.0),
    "iris": (0.07, 0.16, 0.2, 1.0),
    "pupil": (0.01, 0.01, 0.01, 1.0),
}
PARTS = {"eye_cavity": "mouth", "mouth_cavity": "mouth", "eye_l": "eye", "eye_r": "eye"}
EYES = ("eye_l", "eye_r")
IRIS, PUPIL = np.cos(np.radians((23.0, 8.0)))
"""How far from the eye's axis a polygon may be to belong to the iris, and to the pupil."""
FORWARD = np.array([0.0, -1.0, 0.0], np.float32)


def assign_materials(mesh: bpy.types.Mesh, data: RigData) -> None:
    """Give each part of a face its material."""
    kinds = [_kind(part) for part in data.part_names]
    numbers = data.parts.astype(np.int32)
    for eye in EYES:
        if eye in data.part_names and eye in data.joint_names:
            part, joint = data.part_names.index(eye), data.joints[data.joint_names.index(eye)]
            faces = np.flatnonzero(data.parts == part)
            away = data.vertices[data.polygons[faces, :3]].mean(axis=1) - joint
            ahead = away @ FORWARD / np.maximum(np.linalg.norm(away, axis=1), 1e-9)
            for kind, least in (("iris", IRIS), ("pupil", PUPIL)):
                numbers[faces[ahead > least]] = _slot(kinds, kind)
    for kind in kinds:
        mesh.materials.append(_material(kind))
    set_materials(mesh, numbers)


def _slot(kinds: list[str], kind: str) -> int:
    """The slot of a kind of material, made when it is missing."""
    if kind not in kinds:
        kinds.append(kind)
    return kinds.index(kind)


def _kind(part: str) -> str:
    return PARTS.get(part) or next((kind for kind in COLOURS if part.startswith(kind)), "skin")


def _material(kind: str) -> bpy.types.Material:
    name = f"Onesculpt {kind}"
    material = bpy.data.materials.get(name)
    if material is None:
        material = bpy.data.materials.new(name)
        material.use_nodes = True
        material.diffuse_color = COLOURS[kind]
        shader = material.node_tree.nodes.get("Principled BSDF")
        if shader is not None:
            shader.inputs["Base Color"].default_value = COLOURS[kind]
            shader.inputs["Roughness"].default_value = 0.3 if kind in {"eye", "iris", "pupil"} else 0.6
    return material
