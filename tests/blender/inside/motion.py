# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded face on a rig: sliders and the head bone follow it, the earlier action stays in the file."""

import math
from pathlib import Path
from typing import Any

import bpy
from run_helpers import module, shown


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    arrays, meta = module("process.arrays").read_arrays(Path(arguments["rig"]))
    data = module("rig.data").rig_from_arrays(arrays)
    item = module("rig.build").build_rig(context, "Mina", data, meta)
    path = Path(arguments["folder"]) / "take.csv"
    rows = [f"{n / 30},{n / 10},{0.05 * n},0,{n / 20}" for n in range(11)]
    path.write_text("time,JawOpen,HeadYaw,HeadPitch,Oddity\n" + "\n".join(rows))
    context.scene.render.fps = 60
    bpy.ops.onesculpt.key_all()
    first = item.data.shape_keys.animation_data.action.name
    wanted = context.scene.onesculpt.motion
    assert not bpy.ops.onesculpt.import_motion.poll()
    assert bpy.ops.onesculpt.choose_motion(filepath=str(path)) == {"FINISHED"}
    assert [(row.name, row.key) for row in wanted.columns] == [("Oddity", ""), ("JawOpen", "jawOpen")]
    assert wanted.turns == "head"
    wanted.start = 5
    assert bpy.ops.onesculpt.import_motion() == {"FINISHED"}
    blocks = item.data.shape_keys.key_blocks
    still = shown(item)
    nose = int(still[:, 1].argmin())
    context.scene.frame_set(25)
    facts: dict[str, Any] = {"jaw": blocks["jawOpen"].value}
    blocks["jawOpen"].mute = True
    context.view_layer.update()
    joint = data.joints[data.joint_names.index("head")]
    before, after = data.vertices[nose] - joint, shown(item)[nose] - joint
    facts["turn"] = math.atan2(after[0], -after[1]) - math.atan2(before[0], -before[1])
    facts["rise"] = float(after[2] - before[2])
    context.scene.frame_set(15)
    facts["half"] = blocks["jawOpen"].value
    assert first in bpy.data.actions
    facts["actions"] = len(bpy.data.actions)

    # Another slider for a column by hand, and two columns for one slider.
    wanted.columns["Oddity"].key = "jawOpen"
    try:
        bpy.ops.onesculpt.import_motion()
    except RuntimeError as error:
        facts["twice"] = str(error)
    wanted.columns["Oddity"].key = "tongueOut"
    wanted.start = 1
    assert bpy.ops.onesculpt.import_motion() == {"FINISHED"}
    context.scene.frame_set(21)
    facts["by_hand"] = blocks["tongueOut"].value
    path.write_text("nothing")
    try:
        bpy.ops.onesculpt.choose_motion(filepath=str(path))
        bpy.ops.onesculpt.import_motion()
    except RuntimeError as error:
        facts["refused"] = str(error)
    return facts
