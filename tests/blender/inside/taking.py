# SPDX-License-Identifier: GPL-3.0-or-later
"""A result on its way into the scene, tick by tick: an undo, Sculpt mode and another file in between."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from run_helpers import module

NAMES = ["Ada", "Bo", "Cy"]


def _rigs() -> list[str]:
    return sorted(item.name for item in bpy.data.objects if item.onesculpt.role == "RIG")


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    starting, taking, protocol = module("process.starting"), module("process.taking"), module("shared").protocol
    session = module("process.session").session
    pushed: list[list[str]] = []
    taking._push_undo = lambda: pushed.append(_rigs())  # there is no undo without a window
    taking.SLICE_SECONDS = 0.0  # so that every step is a tick of its own
    with np.load(arguments["rig"]) as archive:
        rig = {name: archive[name] for name in archive.files}
    meta = rig.pop("meta")
    arrays = {f"rig_{number}.{name}": array for number in range(len(NAMES)) for name, array in rig.items()}
    told = str(meta)[:-1] + f', "rigs": {len(NAMES)}}}'

    def begin(names: list[str] = NAMES) -> None:
        folder = protocol.JobFolder.create(module("package").user_folder("jobs"), protocol.Kind.APPLY)
        np.savez(folder.result, meta=np.array(told), **arrays)
        faces = [f"random:{number}" for number in range(len(NAMES))]
        starting.launch(context, folder, {"handler": "apply.rigs", "names": names, "faces": faces})

    def ticks_until(count: int) -> int:
        ticks = 0
        while len(_rigs()) < count:
            assert not taking.take_some(context)
            ticks += 1
        return ticks

    facts: dict[str, Any] = {}
    begin()
    facts["ticks"] = ticks_until(1)
    facts["busy"] = str(starting.refusal(context))
    assert _rigs() == ["Ada"]
    # An undo takes away what was made since the last step; here, what it would do.
    bpy.data.objects.remove(bpy.data.objects["Ada"])
    session.history += 1
    while not taking.take_some(context):
        facts.setdefault("whole", []).extend(len(bpy.data.objects[name].data.shape_keys.key_blocks) for name in _rigs())
    facts["after_undo"], facts["pushed"] = _rigs(), list(pushed)
    assert not taking.SLICE_SECONDS
    assert session.taken
    assert (session.job.folder.path / "closed").exists()

    # A file that is saved in between holds whole faces, and no more data than theirs.
    for name in NAMES:
        bpy.data.meshes.remove(bpy.data.objects[name].data)
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    begin()
    ticks_until(2)
    taking.take_some(context)
    path = Path(arguments["folder"]) / "between.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    context = bpy.context
    facts["saved"] = _rigs()
    facts["meshes"] = len(bpy.data.meshes)

    # The other file does not get the rest unasked; the button gives all of it.
    assert module("process.timer")._must_wait(context)
    assert bpy.ops.onesculpt.take_result() == {"FINISHED"}
    facts["asked"] = _rigs()

    # Others find a place of their own, even where the first row stands.
    begin([f"{name} Two" for name in NAMES])
    while not taking.take_some(context):
        pass
    places = [item.parent.location for item in bpy.data.objects if item.onesculpt.role == "RIG"]
    facts["room"] = min((a - b).length for number, a in enumerate(places) for b in places[:number])

    # A handler that fails: the artist is told, and the next job can start.
    module("process.session").HANDLERS["apply.broken"] = lambda _context, _delivery: (_ for _ in [1 / 0])
    begin()
    session.client = {**session.client, "handler": "apply.broken"}
    while not taking.take_some(context):
        pass
    facts["failure"] = str(session.failure.message)
    facts["free"] = str(starting.refusal(context))
    return facts
