# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair in a topology of its own: bound, shown, mended by a landmark, and given its rig."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from run_helpers import module, shown


def _add(name: str, points: np.ndarray, polygons: np.ndarray) -> bpy.types.Object:
    faces = [[int(corner) for corner in row if corner >= 0] for row in polygons]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points.tolist(), [], faces)
    item = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(item)
    return item


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    pair = context.scene.onesculpt.pair
    copies, meshes = module("bind.copy"), module("pair.meshes")
    bpy.ops.onesculpt.add_base_head()
    facts: dict[str, Any] = {"base": pair.foreign}
    with np.load(arguments["pair"]) as archive:
        neutral = _add("Anna", archive["neutral"], archive["faces"])
        styled = _add("Anna sculpt", archive["styled"], archive["faces"])
    leather = bpy.data.materials.new("Leather")
    styled.data.materials.append(leather)
    neutral.location = styled.location = (1, 0, 0)
    pair.neutral, pair.styled = neutral, styled
    facts |= {"foreign": pair.foreign, "codes": [found.code for found in pair.findings]}

    assert bpy.ops.onesculpt.bind() == {"FINISHED"}
    own = neutral.onesculpt.bind
    facts |= {"mean": own.mean, "p95": own.p95, "largest": own.largest, "kept": Path(own.path).exists()}
    copy = copies.copy_of(neutral)
    empties = {empty.onesculpt.bind.landmark: empty for empty in copies.landmarks_of(neutral)}
    facts["landmarks"] = sorted(empties)
    facts["colours"] = len({polygon.material_index for polygon in copy.data.polygons})
    facts["apart"] = (copy.location - neutral.location).length
    assert not copies.placed_landmarks(context, neutral)

    # A landmark that is dragged stays on the surface, and counts as placed.
    nose = empties["nose_tip"]
    nose.location = nose.location + Vector((0.03, -0.01, 0.0))  # to the cheek, and off it
    placed = copies.placed_landmarks(context, neutral)
    facts["placed"] = sorted(placed)
    found, near, _, _ = copy.closest_point_on_mesh(placed["nose_tip"])
    facts["off_surface"] = (near - placed["nose_tip"]).length if found else 1.0
    facts["dragged"] = placed["nose_tip"].x - nose.onesculpt.bind.found[0]

    context.scene.onesculpt.stylize.name = "Ork"
    assert bpy.ops.onesculpt.preview() == {"FINISHED"}
    rig = bpy.data.objects["Ork"]
    facts["neutral_error"] = float(np.abs(shown(rig) - meshes.positions(styled.data)).max())
    facts["materials"] = [material.name for material in rig.data.materials]
    facts["keys"] = len(module("expressions.sliders").keys_of(rig))
    jaw = meshes.key_positions(rig.data.shape_keys.key_blocks["jawOpen"]) - meshes.positions(styled.data)
    facts["jaw"] = float(jaw[:, 2].min())
    facts["sculpt_kept"] = Path(rig.onesculpt.bind.path).exists()
    assert bpy.ops.onesculpt.put_away_binding() == {"FINISHED"}
    facts["left"] = [item.name for item in bpy.data.objects if item.type == "EMPTY"]
    facts["copy"] = copies.copy_of(neutral) is None
    return facts
