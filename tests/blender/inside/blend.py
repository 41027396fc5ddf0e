# SPDX-License-Identifier: GPL-3.0-or-later
"""Two styles blended by a slider, kept as a style; rigs made again in place with a locked key."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module, shown


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context, meshes = bpy.context, module("pair.meshes")
    view, shelf = context.window_manager.onesculpt.styles, module("styles.shelf")
    for name in ("first", "second"):
        assert bpy.ops.onesculpt.add_style(filepath=arguments[name]) == {"FINISHED"}
    paths = [item[0] for item in shelf.items(None, context)]
    view.style = view.second = paths[0]
    assert not bpy.ops.onesculpt.blend_styles.poll()
    view.second = paths[1]
    assert bpy.ops.onesculpt.blend_styles() == {"FINISHED"}
    item = context.object
    own = item.onesculpt.blend
    facts: dict[str, Any] = {"name": item.name, "amount": own.amount}

    # The slider runs in a straight line from one end to the other, neutral face and keys.
    blocks = item.data.shape_keys.key_blocks
    ends = module("styles.blending").ends_of(item, 1.0)
    jaw = ends[0].names.index("jawOpen")
    targets = [list(end.targets())[jaw] for end in ends]
    for amount in (0.0, 0.25, 1.0):
        own.amount = amount
        line = (1 - amount) * ends[0].vertices + amount * ends[1].vertices
        key = (1 - amount) * targets[0] + amount * targets[1]
        facts.setdefault("off_line", []).append(float(np.abs(shown(item) - line).max()))
        facts.setdefault("key_off_line", []).append(float(np.abs(meshes.key_positions(blocks["jawOpen"]) - key).max()))
    facts["apart"] = float(np.abs(ends[0].vertices - ends[1].vertices).max())

    # After the file was opened again the ends come from the job's folder; when that is gone, nothing moves.
    module("styles.blending").close()
    own.amount = 0.5
    facts["reopened"] = float(np.abs(shown(item) - (ends[0].vertices + ends[1].vertices) / 2).max())
    result, own.result = own.result, str(Path(arguments["folder"]) / "gone.npz")
    own.amount = 0.9
    assert np.abs(shown(item) - (ends[0].vertices + ends[1].vertices) / 2).max() < 1e-6
    own.result, own.amount = result, 0.25

    blocks["jawOpen"].value = 0.3
    assert bpy.ops.onesculpt.keep_blend(name="Imp") == {"FINISHED"}
    assert context.object == item
    facts["kept"] = shelf.chosen(context).stem
    facts["value"] = blocks["jawOpen"].value
    blocks["jawOpen"].value = 0.0
    facts["exact"] = float(np.abs(shown(item) - (0.75 * ends[0].vertices + 0.25 * ends[1].vertices)).max())
    assert Path(item.onesculpt.style) == shelf.chosen(context)

    # A corrected key that is locked stays; the others come again from the style.
    before = shown(item)
    for name in ("mouthSmileLeft", "jawOpen"):
        points = meshes.key_positions(blocks[name])
        points[100] += (0, 0, 0.01)
        meshes.set_key_positions(blocks[name], points)
    item.onesculpt.expressions.keys["mouthSmileLeft"].locked = True
    corrected = meshes.key_positions(blocks["mouthSmileLeft"])
    broken = meshes.key_positions(blocks["jawOpen"])
    assert bpy.ops.onesculpt.make_again() == {"FINISHED"}
    facts["same_face"] = float(np.abs(shown(item) - before).max())
    facts["locked"] = float(np.abs(meshes.key_positions(blocks["mouthSmileLeft"]) - corrected).max())
    facts["mended"] = float(np.abs(meshes.key_positions(blocks["jawOpen"]) - broken).max())

    # A retrained style goes to rigs that exist, each on the face it was made for.
    context.scene.onesculpt.apply.count = 1
    assert bpy.ops.onesculpt.apply_random() == {"FINISHED"}
    person = context.object
    old = shown(person)
    view.style = paths[1]
    item.select_set(True)
    assert bpy.ops.onesculpt.update_rigs() == {"FINISHED"}
    facts["rigs"] = sorted(o.name for o in bpy.data.objects if o.onesculpt.role == "RIG")
    facts["person_moved"] = float(np.abs(shown(person) - old).max())
    facts["person_face"] = module("apply.operators").face_of(person)
    order = ends[1].vertices
    facts["now_second"] = float(np.abs(shown(item) - order).max())
    facts["styles"] = sorted(Path(o.onesculpt.style).stem for o in (item, person))
    bpy.data.objects[facts["rigs"][0]].onesculpt.settings = '{"face": "head:gone"}'
    try:
        bpy.ops.onesculpt.update_rigs()
    except RuntimeError as error:
        facts["gone"] = str(error)
    return facts
