# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's whole way with the real backend: head, sculpt, training, animation, export, another head."""

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module, sculpt_goblin, shown


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    bpy.ops.onesculpt.add_base_head()
    sculpt = sculpt_goblin()
    wanted = context.scene.onesculpt.stylize
    wanted.name, wanted.preset, wanted.seed = "Goblin", "draft", 3
    assert bpy.ops.onesculpt.stylize() == {"FINISHED"}
    item = bpy.data.objects["Goblin"]
    blocks = item.data.shape_keys.key_blocks
    facts: dict[str, Any] = {"keys": len(blocks) - 1}
    facts["neutral_error"] = float(np.abs(shown(item) - shown(sculpt)).max())
    facts["settings"] = json.loads(item.onesculpt.settings)
    facts["style"] = Path(item.onesculpt.style).name
    moved = {key.name: module("pair.meshes").key_positions(key) - shown(item) for key in blocks[1:]}
    facts["still"] = [name for name, offset in moved.items() if np.abs(offset).max() < 5e-4]
    for frame, name in ((1, "Neutral"), (10, "Laugh"), (20, "Blink")):
        context.scene.frame_set(frame)
        bpy.ops.onesculpt.apply_preset(name=name)
        bpy.ops.onesculpt.key_all()
    path = Path(arguments["folder"]) / "goblin.glb"
    names = {key.name: key.name for key in blocks[1:]}
    facts["differences"] = module("export.write").export_rig(context, item, path, "GLB", names, animated=True)
    facts["bytes"] = path.stat().st_size
    bpy.ops.onesculpt.open_library()
    context.scene.onesculpt.apply.count = 1
    assert bpy.ops.onesculpt.apply_random() == {"FINISHED"}
    facts["rigs"] = sorted(item.name for item in bpy.data.objects if item.onesculpt.role == "RIG")
    return facts
