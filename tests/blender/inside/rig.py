# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig from arrays: shape keys, bones, weights, sliders, locks, update in place, save and load."""

import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module, shown


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    build, data_module = module("rig.build"), module("rig.data")
    compat = module("compat")
    arrays, meta = module("process.arrays").read_arrays(Path(arguments["rig"]))
    data = data_module.rig_from_arrays(arrays)
    start = time.perf_counter()
    item = build.build_rig(context, "Mina", data, {**meta, "settings": {"seed": 3}})
    facts: dict[str, Any] = {"seconds": time.perf_counter() - start}

    blocks = item.data.shape_keys.key_blocks
    facts["names"] = [key.name for key in blocks[1:]]
    facts["values"] = [key.value for key in blocks[1:]]
    assert np.allclose(shown(item), data.vertices, atol=1e-6)
    blocks["jawOpen"].value = 1.0
    context.view_layer.update()
    row, targets = data.names.index("jawOpen"), list(data.targets())
    facts["key_error"] = float(np.abs(shown(item) - targets[row]).max())
    blocks["jawOpen"].value = 0.0

    armature = item.find_armature()
    facts["bones"] = {bone.name: bone.parent.name if bone.parent else "" for bone in armature.data.bones}
    facts["joint_error"] = float(
        max(
            np.abs(np.array(armature.data.bones[name].head_local) - data.joints[n]).max()
            for n, name in enumerate(data.joint_names)
        )
    )
    # Turning the jaw bone moves what hangs on it, about its joint, exactly as linear skinning says.
    from mathutils import Euler, Matrix

    bone = armature.pose.bones["jaw"]
    turn = Euler((0.25, 0, 0)).to_matrix()
    rest = armature.data.bones["jaw"].matrix_local
    joint = Matrix.Translation(rest.translation)
    bone.matrix = joint @ turn.to_4x4() @ joint.inverted() @ rest
    context.view_layer.update()
    jaw = data.joint_names.index("jaw")
    weight = data.weights[:, jaw : jaw + 1]
    turned = (data.vertices - data.joints[jaw]) @ np.array(turn).T + data.joints[jaw]
    facts["skin_error"] = float(np.abs(shown(item) - (weight * turned + (1 - weight) * data.vertices)).max())
    bone.matrix_basis = Matrix()

    # Sliders
    bpy.ops.onesculpt.apply_preset(name="Smile")
    assert blocks["mouthSmileLeft"].value == np.float32(0.8)
    bpy.ops.onesculpt.apply_preset(name="Wink")
    assert blocks["mouthSmileRight"].value == 0
    bpy.ops.onesculpt.mirror_sliders()
    assert blocks["eyeBlinkRight"].value == 1
    assert blocks["eyeBlinkLeft"].value == 0
    bpy.ops.onesculpt.reset_sliders()
    assert not any(key.value for key in blocks)
    bpy.ops.onesculpt.link_sides()
    blocks["eyeBlinkLeft"].value = 0.6
    context.view_layer.update()
    evaluated = item.data.shape_keys.evaluated_get(context.evaluated_depsgraph_get())
    assert abs(evaluated.key_blocks["eyeBlinkRight"].value - 0.6) < 1e-6
    bpy.ops.onesculpt.link_sides()
    assert not item.data.shape_keys.animation_data.drivers
    bpy.ops.onesculpt.slider_range(low=-0.5, high=1.5)
    blocks["jawOpen"].value = 1.5
    assert blocks["jawOpen"].value == 1.5
    bpy.ops.onesculpt.reset_sliders()
    bpy.ops.onesculpt.solo_slider(key="jawOpen")
    assert [key.name for key in blocks[1:] if not key.mute] == ["jawOpen"]
    bpy.ops.onesculpt.solo_slider(key="jawOpen")
    assert not any(key.mute for key in blocks)
    meshes = module("pair.meshes")
    regions = item.onesculpt.expressions.regions
    regions["Jaw"].intensity = 0.5
    half = meshes.key_positions(blocks["jawOpen"]) - data.vertices
    assert np.allclose(half, 0.5 * (targets[row] - data.vertices), atol=1e-6)
    regions["Jaw"].intensity = 1.0
    assert np.allclose(meshes.key_positions(blocks["jawOpen"]), targets[row], atol=1e-6)

    # Animation
    context.scene.frame_set(1)
    bpy.ops.onesculpt.key_all()
    blocks["jawOpen"].value = 1.0
    context.scene.frame_set(20)
    blocks["jawOpen"].value = 1.0
    bpy.ops.onesculpt.key_all()
    curves = compat.curves_of(item.data.shape_keys, "unused")
    facts["curves"] = len(curves)
    context.scene.frame_set(1)
    assert blocks["jawOpen"].value == 0
    context.scene.frame_set(20)
    assert blocks["jawOpen"].value == 1

    # Update in place: a locked key keeps its correction, the others follow, nothing is doubled.
    smile = data.names.index("mouthSmileLeft")
    corrected = meshes.key_positions(blocks["mouthSmileLeft"]).copy()
    regions["Jaw"].intensity = 2.0
    corrected[100] += (0, 0, 0.01)
    blocks["mouthSmileLeft"].data.foreach_set("co", corrected.ravel())
    item.onesculpt.expressions.keys["mouthSmileLeft"].locked = True
    larger = dict(arrays)
    for name in ("vertices", "deltas", "joints"):
        larger[name] = arrays[name] * np.float32(1.1)
    new = data_module.rig_from_arrays(larger)
    build.update_rig(context, item, new, meta)
    new_targets = list(new.targets())
    assert [key.name for key in blocks[1:]] == facts["names"]
    kept = meshes.key_positions(blocks["mouthSmileLeft"]) - new.vertices
    assert np.allclose(kept, corrected - data.vertices, atol=1e-6)
    assert np.allclose(
        meshes.key_positions(blocks["jawOpen"]) - new.vertices, 2 * (new_targets[row] - new.vertices), atol=1e-6
    )
    assert not np.allclose(kept, new_targets[smile] - new.vertices, atol=1e-3)
    assert blocks["jawOpen"].value == 1
    assert np.allclose(np.array(armature.data.bones["jaw"].head_local), new.joints[jaw], atol=1e-6)

    # Save and load
    path = Path(arguments["folder"]) / "rig.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    item = bpy.data.objects["Mina"]
    assert item.onesculpt.role == "RIG"
    assert item.onesculpt.schema_version == 1
    assert item.onesculpt.expressions.keys["mouthSmileLeft"].locked
    facts["model"] = item.onesculpt.model
    return facts
