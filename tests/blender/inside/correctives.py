# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrective keys: driven by their formulas, out of the sliders' way, exported when wanted; drivers get baked."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module, shown

PRODUCT, LEAST = "corrective_eyeBlinkLeft_eyeLookDownLeft", "corrective_jawOpen_mouthSmileLeft"


def _value(item: bpy.types.Object, name: str) -> float:
    bpy.context.view_layer.update()
    keys = item.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return keys.key_blocks[name].value


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context, folder = bpy.context, Path(arguments["folder"])
    build, sliders = module("rig.build"), module("expressions.sliders")
    plain, meta = module("process.arrays").read_arrays(Path(arguments["rig"]))
    count = len(plain["vertices"])
    deltas = np.zeros((2, count, 3), np.float32)
    deltas[0, 10] = (0.01, 0, 0)
    deltas[1, 20] = (0, 0.02, 0)
    arrays = plain | {
        "corrective_names": np.array([PRODUCT, LEAST]),
        "corrective_inputs": np.array(["eyeBlinkLeft*eyeLookDownLeft", "jawOpen*mouthSmileLeft"]),
        "corrective_formulas": np.array(["product", "min"]),
        "corrective_deltas": deltas,
    }
    data = module("rig.data").rig_from_arrays(arrays)
    item = build.build_rig(context, "Mina", data, meta)
    blocks = item.data.shape_keys.key_blocks
    assert [key.name for key in blocks[1:53]] == list(data.names)
    assert [key.name for key in sliders.keys_of(item)] == list(data.names)
    assert [key.name for key in sliders.correctives_of(item)] == [PRODUCT, LEAST]

    # The formulas, past 1 and below 0 too, and what the face does.
    bpy.ops.onesculpt.slider_range(low=-0.5, high=1.5)
    facts: dict[str, Any] = {"driven": []}
    for left, right in ((0.5, 0.4), (1.0, 1.0), (1.5, 1.5), (-0.5, -0.5), (1.0, 0.0)):
        blocks["eyeBlinkLeft"].value, blocks["eyeLookDownLeft"].value = left, right
        blocks["jawOpen"].value, blocks["mouthSmileLeft"].value = left, right
        facts["driven"].append((_value(item, PRODUCT), _value(item, LEAST)))
    bpy.ops.onesculpt.reset_sliders()
    blocks["eyeBlinkLeft"].value = blocks["eyeLookDownLeft"].value = 1.0
    context.view_layer.update()
    both = shown(item)
    alone = module("frame").to_blender(
        plain["vertices"] + sum(_deltas(plain, n) for n in ("eyeBlinkLeft", "eyeLookDownLeft"))
    )
    facts["moved"] = np.linalg.norm(both - alone, axis=1)[[10, 11, 20]].tolist()

    # A solo hides them as well; presets, keys and mirroring leave them to their drivers.
    bpy.ops.onesculpt.solo_slider(key="jawOpen")
    assert blocks[PRODUCT].mute
    bpy.ops.onesculpt.solo_slider(key="jawOpen")
    assert not blocks[PRODUCT].mute
    bpy.ops.onesculpt.apply_preset(name="Blink")
    bpy.ops.onesculpt.mirror_sliders(way="Left")
    assert len(item.data.shape_keys.animation_data.drivers) == 2

    # Linked sides and correctives move in the file as they do here.
    bpy.ops.onesculpt.reset_sliders()
    bpy.ops.onesculpt.link_sides()
    context.scene.frame_start, context.scene.frame_end = 1, 11
    for frame, value in ((1, 0.0), (11, 1.0)):
        context.scene.frame_set(frame)
        blocks["eyeBlinkLeft"].value = blocks["eyeLookDownLeft"].value = value
        bpy.ops.onesculpt.key_all()
    context.scene.frame_set(4)
    wanted = context.scene.onesculpt.export
    wanted.format, wanted.naming, wanted.animation = "GLB", "ARKIT", True
    read = module("export.write").read_keys
    for correctives, keys in ((False, 52), (True, 54)):
        wanted.correctives = correctives
        path = folder / f"mina {keys}.glb"
        assert bpy.ops.onesculpt.export(filepath=str(path)) == {"FINISHED"}
        facts.setdefault("keys", []).append(len(read(context, path, "GLB").offsets))
    assert context.scene.frame_current == 4
    assert len(item.data.shape_keys.animation_data.drivers) > 2
    bpy.ops.onesculpt.link_sides()
    assert len(item.data.shape_keys.animation_data.drivers) == 2

    # An update brings new formulas, or takes the keys away with those that the style no longer has.
    changed = arrays | {"corrective_formulas": np.array(["min", "min"])}
    build.update_rig(context, item, module("rig.data").rig_from_arrays(changed), meta)
    context.scene.frame_set(6)
    facts["updated"] = _value(item, PRODUCT)
    build.update_rig(context, item, module("rig.data").rig_from_arrays(plain), meta)
    assert sliders.correctives_of(item) == []
    assert len(item.data.shape_keys.key_blocks) == 53
    assert not item.data.shape_keys.animation_data.drivers
    return facts


def _deltas(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    return arrays["deltas"][list(arrays["names"]).index(name)]
