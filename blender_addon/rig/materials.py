# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain materials for the parts of a face, shared by all rigs of a file."""

from collections.abc import Iterator, Sequence

import bpy

COLOURS = {
    "skin": (0.62, 0.42, 0.33, 1.0),
    "eye": (0.85, 0.85, 0.82, 1.0),
    "tongue": (0.55, 0.2, 0.2, 1.0),
    "teeth": (0.83, 0.8, 0.7, 1.0),
    "mouth": (0.3, 0.09, 0.09, 1.0),
    "lashes": (0.03, 0.02, 0.02, 1.0),
}
PARTS = {"eye_cavity": "mouth", "mouth_cavity": "mouth", "eye_l": "eye", "eye_r": "eye"}


def material_slots(part_names: Sequence[str]) -> Iterator[bpy.types.Material]:
    """One material for each part, in order."""
    for part in part_names:
        kind = PARTS.get(part) or next((kind for kind in COLOURS if part.startswith(kind)), "skin")
        name = f"Onesculpt {kind}"
        material = bpy.data.materials.get(name)
        if material is None:
            material = bpy.data.materials.new(name)
            material.use_nodes = True
            material.diffuse_color = COLOURS[kind]
            shader = material.node_tree.nodes.get("Principled BSDF")
            if shader is not None:
                shader.inputs["Base Color"].default_value = COLOURS[kind]
                shader.inputs["Roughness"].default_value = 0.3 if kind == "eye" else 0.6
        yield material
