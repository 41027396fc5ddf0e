# SPDX-License-Identifier: GPL-3.0-or-later
"""A head without a pair: rigged where it stands, with its material, UVs and turn, bare and filled."""

from typing import Any

import bpy
import numpy as np
from mathutils import Euler
from run_helpers import module, shown


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    meshes, settings = module("pair.meshes"), bpy.context.scene.onesculpt.one_head
    facts: dict[str, Any] = {"without": bpy.ops.onesculpt.rig_head.poll()}
    with np.load(arguments["head"]) as archive:
        points, faces = archive["points"], archive["faces"]
    mesh = bpy.data.meshes.new("Anna")
    mesh.from_pydata(points.tolist(), [], faces.tolist())
    mesh.materials.append(bpy.data.materials.new("Leather"))
    mesh.uv_layers.new(name="Mine").uv.foreach_set("vector", np.linspace(0, 1, 2 * len(mesh.loops), dtype=np.float32))
    head = bpy.data.objects.new("Anna", mesh)
    context.collection.objects.link(head)
    head.location, head.rotation_euler = (1, 0, 0.5), Euler((0, 0, 0.4))
    module("pair.scene").select_only(context, head)
    context.view_layer.update()

    settings.fill_inner = False
    assert bpy.ops.onesculpt.rig_head() == {"FINISHED"}
    rig = bpy.data.objects["Anna rig"]
    facts["hollow"] = context.window_manager.onesculpt.one_head.hollow
    facts["neutral_error"] = float(np.abs(meshes.positions(rig.data) - meshes.positions(mesh)).max())
    facts["keys"] = len(module("expressions.sliders").keys_of(rig))
    facts["materials"] = [material.name for material in rig.data.materials]
    facts["uv"] = [layer.name for layer in rig.data.uv_layers]
    facts["turn"] = rig.matrix_world.to_euler().z
    facts["apart"] = (rig.matrix_world.translation - head.matrix_world.translation).length
    facts["style"] = rig.onesculpt.style
    jaw = meshes.key_positions(rig.data.shape_keys.key_blocks["jawOpen"]) - meshes.positions(mesh)
    facts["jaw"] = float(jaw[:, 2].min())

    # The same once more, filled: another number of vertices is another object.
    module("pair.scene").select_only(context, head)
    settings.fill_inner = True
    assert bpy.ops.onesculpt.rig_head() == {"FINISHED"}
    full = context.view_layer.objects.active
    facts["filled"] = [len(full.data.vertices) - len(mesh.vertices), len(full.data.polygons) - len(mesh.polygons)]
    facts["first"] = float(np.abs(meshes.positions(full.data)[: len(points)] - meshes.positions(mesh)).max())
    facts["filled_materials"] = [material.name for material in full.data.materials]
    slots = np.array([polygon.material_index for polygon in full.data.polygons])
    facts["own_slots"] = sorted({int(slot) for slot in slots[: len(mesh.polygons)]})
    facts["more_slots"] = sorted({int(slot) for slot in slots[len(mesh.polygons) :]})
    uv = np.empty(2 * len(full.data.loops), np.float32)
    full.data.uv_layers["Mine"].uv.foreach_get("vector", uv)
    facts["uv_error"] = float(np.abs(uv[: 2 * len(mesh.loops)] - np.linspace(0, 1, 2 * len(mesh.loops))).max())
    facts["not_hollow"] = not context.window_manager.onesculpt.one_head.hollow
    full.data.shape_keys.key_blocks["eyeLookUpLeft"].value = 1
    facts["eye_moves"] = float(
        np.linalg.norm(shown(full)[len(points) :] - meshes.positions(full.data)[len(points) :], axis=1).max()
    )
    return facts
