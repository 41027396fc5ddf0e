# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender with a window, see `addon`: every tick of the add-on's timer while results come in, undo included."""

import importlib
import json
import shutil
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

SHARE = Path(__file__).parent
PACKAGE = "bl_ext.user_default.onesculpt"
arguments = json.loads((SHARE / "arguments.json").read_text())
found: dict[str, Any] = {"version": bpy.app.version_string}
polls: list[tuple[float, float]] = []


def module(name: str) -> Any:
    """A module of the installed extension."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def time_polls() -> None:
    """Have every poll of the timer note its milliseconds."""
    timer = module("process.timer")
    poll = timer.tick

    def timed() -> float | None:
        start, wall = time.thread_time(), time.perf_counter()
        again = poll()
        polls.append((1000 * (time.thread_time() - start), 1000 * (time.perf_counter() - wall)))
        return again

    timer.tick = timed


def take(file: str, name: str) -> Iterator[float]:
    """A finished job's result comes into the scene as it does after a training."""
    protocol, session, user = (
        module("shared").protocol,
        module("process.session").session,
        module("package").user_folder("jobs"),
    )
    folder = protocol.JobFolder.create(user, protocol.Kind.STYLIZE)
    folder.write_request(protocol.Request(protocol.Kind.STYLIZE, protocol.StylizeSettings()))
    shutil.copy(SHARE / f"{file}.npz", folder.result)
    polls.clear()
    module("process.starting").launch(
        bpy.context, folder, {"handler": "stylize.rig", "name": name, "styled": "", "settings": {}}
    )
    while not session.taken:
        yield 0.05
    yield 0.6
    shutil.rmtree(folder.path)
    found.setdefault(file, []).append(max(polls))


def steps() -> Iterator[float]:
    """Everything, from the first sight on."""
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    archive = next(SHARE.glob("*.zip"))
    bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)
    yield 1.0
    time_polls()
    for file in ("head", "large"):
        for number in range(arguments["rounds"]):
            yield from take(file, f"{file} {number}")
            for item in list(bpy.data.objects):  # so that a round draws one face, as a first result does
                item.hide_set(True)
            yield 0.5


def tick(walk: Iterator[float] = steps()) -> float | None:  # noqa: B008 - one walk per process is meant
    """One timer drives all."""
    try:
        return next(walk)
    except StopIteration:
        found["passed"] = True
    except Exception:  # noqa: BLE001 - whatever it is, the outer program has to see it
        found["error"] = traceback.format_exc()
    (SHARE / "facts.json").write_text(json.dumps(found))
    bpy.ops.wm.quit_blender()
    return None


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(tick, first_interval=2.0)
