# SPDX-License-Identifier: GPL-3.0-or-later
"""From the pair to a rig: the real preview, then a faked training, its live preview and its failures."""

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module, sculpt_goblin, shown


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    pair, wanted = context.scene.onesculpt.pair, context.scene.onesculpt.stylize
    assert not bpy.ops.onesculpt.preview.poll()
    bpy.ops.onesculpt.add_base_head()
    sculpt = sculpt_goblin()
    wanted.name = "Goblin"
    assert bpy.ops.onesculpt.preview() == {"FINISHED"}
    item = bpy.data.objects["Goblin"]
    facts: dict[str, Any] = {"names": [key.name for key in item.data.shape_keys.key_blocks[1:]]}
    facts["neutral_error"] = float(np.abs(shown(item) - shown(sculpt)).max())
    blocks = item.data.shape_keys.key_blocks
    eye = module("pair.meshes").key_positions(blocks["eyeBlinkLeft"]) - shown(item)
    facts["blink_moves"] = float(np.abs(eye).max())
    blocks["jawOpen"].value = 0.7

    # A second run updates the same object, and keeps what the animator set.
    session, preferences = module("process.session"), module("package").preferences(context)
    real, preferences.python = preferences.python, arguments["fake"]
    assert bpy.ops.onesculpt.stylize() == {"FINISHED"}
    assert [o.name for o in bpy.data.objects if o.onesculpt.role == "RIG"] == ["Goblin"]
    assert abs(item.data.shape_keys.key_blocks["jawOpen"].value - 0.7) < 1e-6
    facts["settings"] = json.loads(item.onesculpt.settings)
    facts["losses"] = len(session.session.job.losses["total"])
    facts["curve"] = module("stylize.curve_icon").icon_id()

    # The live preview goes from the neutral head to the sculpt, on an object of its own.
    live = module("stylize.live")
    folder = session.session.job.folder
    arrays, meta = module("process.arrays").read_arrays(folder.preview(6))
    live.show_preview(context, session.Delivery(arrays, meta, {"styled": sculpt.name}))
    ghost = bpy.data.objects[sculpt.name + " preview"]
    facts["live_error"] = float(np.abs(shown(ghost) - shown(sculpt)).max())
    live.remove_preview(sculpt.name)
    assert sculpt.name + " preview" not in bpy.data.objects

    # An interpreter that isn't one: a sentence, and nothing changed.
    count = len(bpy.data.objects)
    preferences.python = str(Path(arguments["folder"]) / "nothing")
    try:
        bpy.ops.onesculpt.stylize()
    except RuntimeError as error:
        facts["refused"] = str(error)
    preferences.python = real
    sculpt.data.vertices[5].co.x = float("nan")
    try:
        bpy.ops.onesculpt.stylize()
    except RuntimeError as error:
        facts["broken"] = str(error)
    assert len(bpy.data.objects) == count
    pair.styled = pair.neutral
    assert not bpy.ops.onesculpt.stylize.poll()
    return facts
