# SPDX-License-Identifier: GPL-3.0-or-later
"""Backends that behave, stop, crash, lie and hang, as the panel shows them; the timer is wound by hand."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from run_helpers import module, sculpt_goblin


def run(arguments: dict[str, str]) -> dict[str, Any]:
    context = bpy.context
    starting, timer, job_module = module("process.starting"), module("process.timer"), module("process.job")
    session = module("process.session").session
    preferences = module("package").preferences(context)
    view = context.window_manager.onesculpt.process
    # A Blender without a window goes down when an operator gets a window's context, and has no undo.
    timer._in_view = lambda _context: contextlib.nullcontext()
    module("process.taking")._push_undo = lambda: None
    bpy.ops.onesculpt.add_base_head()
    sculpt_goblin()
    pair, real = context.scene.onesculpt.pair, preferences.python
    before = sorted(item.name for item in bpy.data.objects)

    def begin(scenario: str) -> Any:
        """What pressing Stylize does in a Blender with a window, with a backend that is told how to behave."""
        preferences.python = str(Path(arguments["fakes"]) / scenario)
        protocol = module("shared").protocol
        client = {"handler": "stylize.rig", "styled": pair.styled.name, "name": "Goblin", "settings": {}}
        meshes = module("pair.meshes")
        arrays = {name: meshes.metres(getattr(pair, name), context.scene) for name in ("neutral", "styled")}
        arrays["faces"] = meshes.padded_polygons(pair.neutral.data)
        style = str(Path(arguments["folder"]) / "Goblin.style")
        starting.start(context, protocol.StylizeSettings(name="Goblin", style_path=style), client, arrays)
        return session.job

    def wind(until: Callable[[], bool] = lambda: False, seconds: float = 60) -> list[tuple[str, float, str]]:
        """Call the timer as Blender would, to its end or until something holds; what the panel showed."""
        shown, end = [], time.monotonic() + seconds
        again: float | None = 0.0
        while again is not None and not until():
            assert time.monotonic() < end, (view.stage, view.fraction, session.job.log_tail())
            again = timer.tick()
            shown.append((view.stage, view.fraction, view.left))
            time.sleep(0.02)
        return shown

    def outcome() -> dict[str, Any]:
        return {
            "message": str(module("words").unpacked(view.message)),
            "remedy": str(module("words").unpacked(view.remedy)),
            "code": session.failure.code if session.failure else "",
            "objects_left": sorted(item.name for item in bpy.data.objects),
            "running": session.running,
        }

    facts: dict[str, Any] = {"before": before}
    job = begin("rig")
    assert not bpy.ops.onesculpt.stylize.poll()
    ghosts: set[str] = set()

    def look() -> bool:
        ghosts.update(item.name for item in bpy.data.objects if item.name.endswith("preview"))
        return False

    facts["progress"] = wind(look)
    facts["ghosts"] = sorted(ghosts)
    facts["done"] = outcome()
    for name in ("Goblin", "Goblin bones"):
        bpy.data.objects.remove(bpy.data.objects[name])

    # A preview that fails inside Blender is told, and the job is followed on to its result.
    previews, told = module("process.session").PREVIEWS, set()
    show_preview, previews["stylize.rig"] = previews["stylize.rig"], lambda _context, _delivery: 1 / 0
    job = begin("rig")
    wind(lambda: told.add((str(module("words").unpacked(view.message)), session.running)))
    facts["told"], facts["followed"] = sorted(told), outcome()
    previews["stylize.rig"] = show_preview
    for name in ("Goblin", "Goblin bones"):
        bpy.data.objects.remove(bpy.data.objects[name])

    job = begin("slow")
    wind(lambda: job.latest.step > 0)
    assert bpy.ops.onesculpt.cancel() == {"FINISHED"}
    wind()
    facts["cancel"] = outcome()

    for scenario in ("garbage", "garbage_error", "version"):
        job = begin(scenario)
        wind()
        facts[scenario] = outcome()

    job_module.SILENT_SECONDS, job_module.STOP_SECONDS = 0.3, 0.5
    job = begin("hang")
    wind(lambda: "answer" in view.left)
    facts["silence"] = view.left
    bpy.ops.onesculpt.cancel()
    wind()
    facts["hang"] = outcome()
    job_module.SILENT_SECONDS, job_module.STOP_SECONDS = 180, 12

    module("process.session").breaker.reset()
    for _ in range(3):
        job = begin("crash")
        wind()
    facts["crash"] = outcome()
    facts["log"] = session.log
    facts["refusal"] = str(starting.refusal(context))
    assert not bpy.ops.onesculpt.stylize.poll()
    preferences.python = real
    assert bpy.ops.onesculpt.check_backend() == {"FINISHED"}
    facts["after_check"] = str(starting.refusal(context))
    assert bpy.ops.onesculpt.stylize.poll()
    return facts
