# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's whole way with the real backend: head, sculpt, training, animation, export, another head."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from kill import stylize_with_a_kill
from read_back import compare
from run_helpers import module, sculpt_goblin, shown

FRAMES = {1: "Neutral", 10: "Laugh", 20: "Blink"}


def _press_use_best(jobs: Path, steps: int) -> None:
    """What the button does, once a training has come so far: Blender without a window can't press it."""
    protocol = module("shared").protocol
    end = time.monotonic() + 900
    while time.monotonic() < end:
        for path in jobs.glob("*"):
            folder = protocol.JobFolder(path)
            if folder.progress.exists() and folder.progress.read_text().count('"total"') >= steps:
                folder.use_best.touch()
                return
        time.sleep(0.2)


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    bpy.ops.onesculpt.add_base_head()
    sculpt = sculpt_goblin()
    wanted = context.scene.onesculpt.stylize
    wanted.name, wanted.preset, wanted.seed = "Goblin", "draft", 3
    jobs = Path(module("package").user_folder("jobs"))
    facts: dict[str, Any] = {}
    if int(arguments["steps"]):
        threading.Thread(target=_press_use_best, args=(jobs, int(arguments["steps"])), daemon=True).start()
        assert bpy.ops.onesculpt.stylize() == {"FINISHED"}
    else:
        facts["kill"] = stylize_with_a_kill(Path(arguments["folder"]))
    item = bpy.data.objects["Goblin"]
    blocks = item.data.shape_keys.key_blocks
    facts["names"] = [key.name for key in blocks[1:]]
    facts["neutral_error"] = float(np.abs(shown(item) - shown(sculpt)).max())
    facts["settings"] = json.loads(item.onesculpt.settings)
    facts["style"] = Path(item.onesculpt.style).name
    moved = {key.name: module("pair.meshes").key_positions(key) - shown(item) for key in blocks[1:53]}
    facts["still"] = [name for name, offset in moved.items() if np.abs(offset).max() < 5e-4]
    for frame, name in FRAMES.items():
        context.scene.frame_set(frame)
        bpy.ops.onesculpt.apply_preset(name=name)
        bpy.ops.onesculpt.key_all()

    context.scene.onesculpt.export.animation = True
    context.scene.onesculpt.export.naming = "ARKIT"
    facts["files"] = {}
    for form, suffix in (("GLB", ".glb"), ("FBX", ".fbx"), ("USD", ".usdc")):
        path = Path(arguments["folder"]) / f"goblin{suffix}"
        context.scene.onesculpt.export.format = form
        context.view_layer.objects.active = item
        assert bpy.ops.onesculpt.export(filepath=str(path)) == {"FINISHED"}
        facts["files"][form] = compare(item, path, list(FRAMES))

    bpy.ops.onesculpt.open_library()
    context.scene.onesculpt.apply.count = 1
    assert bpy.ops.onesculpt.apply_random() == {"FINISHED"}
    facts["rigs"] = sorted(item.name for item in bpy.data.objects if item.onesculpt.role == "RIG")
    return facts
