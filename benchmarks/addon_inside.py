# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside a Blender environment, see `addon`: ``addon_inside.py ZIP FOLDER RESULT ROUNDS``."""

import importlib
import itertools
import json
import os
import shutil
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


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of the processor's and of wall time; on a busy machine only the first means much."""
    start, wall = time.process_time(), time.perf_counter()
    work()
    return 1000 * (time.process_time() - start), 1000 * (time.perf_counter() - wall)


def registrations(rounds: int) -> Iterator[tuple[float, float]]:
    """Import and register as Blender does it at its start, nothing of it loaded before."""
    for _ in range(rounds):
        bpy.ops.preferences.addon_disable(module=PACKAGE)
        for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
            del sys.modules[name]
        yield timed(lambda: importlib.import_module(PACKAGE).register())
        sys.modules[PACKAGE].unregister()
        bpy.ops.preferences.addon_enable(module=PACKAGE)


def keys(large: Path, rounds: int) -> Iterator[tuple[float, float]]:
    """Shape keys of the large mesh, without the corrective ones."""
    data = module("rig.data").rig_from_arrays(module("process.arrays").read_arrays(large)[0])
    for number in range(rounds):
        mesh = module("pair.meshes").new_mesh(f"large {number}", data.vertices, data.surface)
        item = bpy.data.objects.new(mesh.name, mesh)
        targets = itertools.islice(data.targets(), len(data.names))
        yield timed(lambda item=item, targets=targets: module("pair.meshes").set_shape_keys(item, data.names, targets))
        bpy.data.meshes.remove(mesh)


def takings(result: Path, rounds: int) -> Iterator[list[tuple[float, float]]]:
    """What the timer does with a finished result, poll by poll; without the undo step, which needs a window."""
    protocol, session, taking = module("shared").protocol, module("process.session").session, module("process.taking")
    taking._push_undo = lambda: None  # noqa: SLF001 - there is no undo without a window
    for number in range(rounds):
        folder = protocol.JobFolder.create(module("package").user_folder("jobs"), protocol.Kind.STYLIZE)
        shutil.copy(result, folder.result)
        client = {"handler": "stylize.rig", "name": f"{result.stem} {number}", "styled": ""}
        module("process.starting").launch(bpy.context, folder, client)
        polls: list[tuple[float, float]] = []
        while not session.taken:
            polls.append(timed(lambda: taking.take_some(bpy.context)))
        assert session.failure is None, session.failure
        shutil.rmtree(folder.path)
        polls.append(timed(bpy.context.view_layer.update))
        yield polls


def previews(head: Path, folder: Path, rounds: int) -> Iterator[tuple[float, float]]:
    """The training's newest preview on the copy beside the sculpt."""
    arrays, _ = module("process.arrays").read_arrays(head)
    data = module("rig.data").rig_from_arrays(arrays)
    mesh = module("pair.meshes").new_mesh("sculpt", data.vertices, data.surface)
    item = bpy.data.objects.new("sculpt", mesh)
    bpy.context.scene.collection.objects.link(item)
    path = folder / "preview_000001.npz"
    module("process.arrays").write_arrays(path, {"vertices": arrays["vertices"]})

    def show() -> None:
        found, about = module("process.arrays").read_arrays(path)
        delivery = module("process.session").Delivery(found, about, {"styled": "sculpt"})
        module("stylize.live").show_preview(bpy.context, delivery)
        bpy.context.view_layer.update()

    show()
    for _ in range(rounds):
        yield timed(show)


def slides(head: Path, rounds: int) -> Iterator[tuple[float, float]]:
    """Steps of the slider between two styles."""
    arrays, meta = module("process.arrays").read_arrays(head)
    data = module("rig.data").rig_from_arrays(arrays)
    item, _ = module("rig.build").place_rig(bpy.context, "blend", data, meta)
    module("styles.blending").remember("ends", (data, data))
    own = item.onesculpt.blend
    own.first, own.second, own.result = "a", "b", "ends"

    def slide(amount: float) -> None:
        own.amount = amount
        bpy.context.view_layer.update()

    for number in range(rounds):
        yield timed(lambda number=number: slide(number / rounds))


def main(archive: str, folder: Path, rounds: int) -> dict[str, Any]:
    """Install the zip and measure everything."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)
    times: dict[str, Any] = {"version": bpy.app.version_string}
    times["register"] = list(registrations(rounds))
    times["keys"] = list(keys(folder / "large.npz", rounds))
    for file in ("head", "large"):
        rounds_of = list(takings(folder / f"{file}.npz", rounds))
        times[file] = [max(polls) for polls in rounds_of]
        times[f"{file}_whole"] = [[sum(part) for part in zip(*polls, strict=True)] for polls in rounds_of]
    times["preview"] = list(previews(folder / "head.npz", folder, rounds))
    times["slider"] = list(slides(folder / "head.npz", rounds))
    return times


if __name__ == "__main__":
    found = main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[4]))
    Path(sys.argv[3]).write_text(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # Blender's own cleanup at exit can hang with callbacks of the wheel
