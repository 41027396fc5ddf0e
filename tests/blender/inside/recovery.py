# SPDX-License-Identifier: GPL-3.0-or-later
"""A training that an earlier Blender left is offered, resumed, ended with its best, taken, and let go."""

import os
import time
from pathlib import Path
from typing import Any

import bpy
from run_helpers import module, sculpt_goblin


def _left(folder: Path, *, result: bool) -> None:
    """Make a finished job look as if Blender had crashed before it was closed."""
    (folder / "closed").unlink(missing_ok=True)
    for name in ("cancel", "use_best", *(() if result else ("result.npz",))):
        (folder / name).unlink(missing_ok=True)
    (folder / "alive").touch()
    for name in ("alive", "request.json"):
        os.utime(folder / name, (time.time() - 60,) * 2)


def _offered() -> list[str]:
    view = bpy.context.window_manager.onesculpt.process
    module("process.session").session.job = None  # as in a new Blender
    module("process.timer").look()
    return [job.path for job in view.interrupted]


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    bpy.ops.onesculpt.add_base_head()
    sculpt_goblin()
    context.scene.onesculpt.stylize.name = "Goblin"
    module("package").preferences(context).python = arguments["fake"]
    session = module("process.session").session
    assert _offered() == []
    assert bpy.ops.onesculpt.stylize() == {"FINISHED"}
    folder = session.job.folder.path
    assert _offered() == []
    facts: dict[str, Any] = {}

    # Another file is open by now: the name is all that ties the job to its rig.
    for way, result in (("resume_job", False), ("finish_job", False), ("resume_job", True)):
        bpy.data.objects.remove(bpy.data.objects["Goblin"])
        _left(folder, result=result)
        workers = (folder / "worker.log").stat().st_size, (folder / "progress.jsonl").stat().st_size
        assert _offered() == [str(folder)], way
        row = context.window_manager.onesculpt.process.interrupted[0]
        facts.setdefault("rows", []).append((row.name, row.finished, round(row.fraction, 2)))
        assert getattr(bpy.ops.onesculpt, way)(path=str(folder)) == {"FINISHED"}
        assert len(bpy.data.objects["Goblin"].data.shape_keys.key_blocks) == 53
        grown = (folder / "progress.jsonl").stat().st_size > workers[1]
        facts.setdefault("worked", []).append(grown)
        facts.setdefault("best", []).append((folder / "use_best").exists())
        assert _offered() == []

    _left(folder, result=False)
    assert _offered() == [str(folder)]
    assert bpy.ops.onesculpt.discard_job(path=str(folder)) == {"FINISHED"}
    assert _offered() == []
    for path in (str(folder), str(Path(arguments["folder"])), ""):
        try:
            bpy.ops.onesculpt.resume_job(path=path)
        except RuntimeError as error:
            facts.setdefault("refused", []).append(str(error))
    return facts
