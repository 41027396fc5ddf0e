# SPDX-License-Identifier: GPL-3.0-or-later
"""The library and Apply, with the real worker and a real (untrained) style."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module, shown


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    shelf = module("styles.shelf")
    assert not bpy.ops.onesculpt.apply_random.poll()
    assert bpy.ops.onesculpt.add_style(filepath=arguments["style"]) == {"FINISHED"}
    facts: dict[str, Any] = {"added": shelf.chosen(context).name}
    assert bpy.ops.onesculpt.rename_style(name="Ork: <big>") == {"FINISHED"}
    facts["renamed"] = shelf.chosen(context).name
    path = shelf.chosen(context)
    assert bpy.ops.onesculpt.delete_style() == {"FINISHED"}
    assert shelf.chosen(context) is None
    assert not path.exists()
    assert bpy.ops.onesculpt.restore_style() == {"FINISHED"}
    assert shelf.chosen(context) == path
    bad = Path(arguments["folder"]) / "bad.style"
    bad.write_bytes(b"no style")
    try:
        bpy.ops.onesculpt.add_style(filepath=str(bad))
    except RuntimeError as error:
        facts["refused"] = str(error)

    context.scene.onesculpt.apply.count = 2
    assert bpy.ops.onesculpt.apply_random() == {"FINISHED"}
    rigs = [item for item in bpy.data.objects if item.onesculpt.role == "RIG"]
    facts["people"] = sorted(item.name for item in rigs)
    facts["apart"] = float(np.abs(shown(rigs[0]) - shown(rigs[1])).max())
    bpy.ops.onesculpt.add_base_head()
    head = context.scene.onesculpt.pair.neutral
    assert bpy.ops.onesculpt.apply_selected() == {"FINISHED"}
    made = bpy.data.objects[f"{head.name} {path.stem}"]
    facts["style"] = Path(made.onesculpt.style).name
    before = shown(made).copy()
    made.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    for item in context.selected_objects:
        item.select_set(False)
    head.select_set(True)
    head.data.shape_keys.key_blocks["Identity 01"].value = 2.0
    assert bpy.ops.onesculpt.apply_selected() == {"FINISHED"}
    assert len([item for item in bpy.data.objects if item.onesculpt.role == "RIG"]) == 3
    assert made.data.shape_keys.key_blocks["jawOpen"].value == 0.5
    made.data.shape_keys.key_blocks["jawOpen"].value = 0.0
    facts["updated"] = float(np.abs(shown(made) - before).max())
    return facts
