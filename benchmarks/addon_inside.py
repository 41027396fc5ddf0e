# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside a Blender environment, see `addon`: ``addon_inside.py ZIP FOLDER RESULT ROUNDS``."""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

PACKAGE = "bl_ext.user_default.onesculpt"


def module(name: str) -> Any:
    """A module of the installed extension."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds of wall time."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def registrations(rounds: int) -> Iterator[float]:
    """Import and register as Blender does it at its start, nothing of it loaded before."""
    for _ in range(rounds):
        bpy.ops.preferences.addon_disable(module=PACKAGE)
        for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
            del sys.modules[name]
        yield timed(lambda: importlib.import_module(PACKAGE).register())
        sys.modules[PACKAGE].unregister()
        bpy.ops.preferences.addon_enable(module=PACKAGE)


def keys(large: Path, rounds: int) -> Iterator[float]:
    """Shape keys of the large mesh."""
    data = module("rig.data").rig_from_arrays(module("process.arrays").read_arrays(large)[0])
    for number in range(rounds):
        mesh = module("pair.meshes").new_mesh(f"large {number}", data.vertices, data.polygons)
        item = bpy.data.objects.new(mesh.name, mesh)
        yield timed(lambda item=item: module("pair.meshes").set_shape_keys(item, data.names, data.targets))
        bpy.data.meshes.remove(mesh)


def main(archive: str, folder: Path, rounds: int) -> dict[str, Any]:
    """Install the zip and measure everything."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)
    times: dict[str, Any] = {"version": bpy.app.version_string}
    times["register"] = list(registrations(rounds))
    times["keys"] = list(keys(folder / "large.npz", rounds))
    return times


if __name__ == "__main__":
    found = main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[4]))
    Path(sys.argv[3]).write_text(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # Blender's own cleanup at exit can hang with callbacks of the wheel
