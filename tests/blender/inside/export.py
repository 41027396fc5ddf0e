# SPDX-License-Identifier: GPL-3.0-or-later
"""Export to glTF, FBX and USD under every naming, with animation and a modifier, read back by a second reading."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module


def _everything() -> dict[str, list[str]]:
    kinds = ("objects", "meshes", "armatures", "materials", "actions", "collections", "images", "shape_keys")
    return {kind: sorted(thing.name for thing in getattr(bpy.data, kind)) for kind in kinds}


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context, folder = bpy.context, Path(arguments["folder"])
    arrays, meta = module("process.arrays").read_arrays(Path(arguments["rig"]))
    data = module("rig.data").rig_from_arrays(arrays)
    item = module("rig.build").build_rig(context, "Mina", data, meta)
    blocks = item.data.shape_keys.key_blocks
    for frame, value in ((1, 0.0), (12, 1.0)):
        blocks["jawOpen"].value = value
        context.scene.frame_set(frame)
        blocks["jawOpen"].value = value
        bpy.ops.onesculpt.key_all()
    write = module("export.write")
    before = _everything()
    wanted = context.scene.onesculpt.export
    facts: dict[str, Any] = {"files": {}}
    for form, naming in (("GLB", "ARKIT"), ("FBX", "CAPITAL"), ("USD", "SHORT")):
        path = folder / f"mina{write.FORMATS[form][0]}"
        names = module("export.naming").renamed(data.names, naming)
        assert write.export_rig(context, item, path, form, names, animated=True) == []
        assert _everything() == before, (form, _everything(), before)
        assert [part.name for part in folder.glob(".*.part*")] == []
        back = write.read_keys(context, path, form)
        worst = max(
            float(np.abs(np.sort(np.linalg.norm(offset, axis=1))[-1] - _largest(data, row)))
            for row, offset in enumerate(back.offsets[_named(name, naming)] for name in data.names)
        )
        facts["files"][form] = {"keys": sorted(back.offsets), "worst": worst, "bytes": path.stat().st_size}
    blocks["jawOpen"].value = 0

    # Names that collide are refused before anything is written.
    text = bpy.data.texts.new("names")
    text.write("jawOpen,mouth\njawLeft,mouth\n")
    wanted.naming, wanted.table, wanted.format = "TABLE", text, "GLB"
    try:
        bpy.ops.onesculpt.export(filepath=str(folder / "never.glb"))
    except RuntimeError as error:
        facts["collision"] = str(error)
    assert not (folder / "never.glb").exists()

    # A subdivision modifier survives together with the keys.
    bpy.data.texts.remove(text)
    wanted.naming = "ARKIT"
    item.modifiers.new("Subdivision", "SUBSURF").levels = 1
    context.scene.onesculpt.export.animation = False
    path = folder / "smooth.glb"
    assert bpy.ops.onesculpt.export(filepath=str(path)) == {"FINISHED"}
    back = write.read_keys(context, path, "GLB")
    facts["smooth"] = {"keys": len(back.offsets), "vertices": len(back.vertices)}
    facts["modifiers"] = [modifier.type for modifier in item.modifiers]
    return facts


def _named(name: str, naming: str) -> str:
    return module("export.naming").renamed([name], naming)[name]


def _largest(data: Any, row: int) -> float:
    return float(np.linalg.norm(data.deltas[row], axis=1).max())
