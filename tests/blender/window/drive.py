# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender with a window: an artist's walk through the panel by mouse, with the real backend.

One timer drives all steps. What it saw goes into ``facts.json``, the screens into ``*.xwd``.
"""

import contextlib
import json
import os
import shutil
import sys
import time
import traceback
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from artist import SCREEN, SHARE, Artist, wait

ROOT_PACKAGE = "bl_ext.user_default.onesculpt"
PATIENCE = 900
"""Seconds that a training may take on a computer that does other things too."""

facts: dict[str, Any] = {}
arguments = json.loads((SHARE / "arguments.json").read_text())


def part(name: str) -> Any:
    """A module of the installed add-on."""
    return sys.modules[f"{ROOT_PACKAGE}.{name}"]


def install() -> None:
    archive = next(SHARE.glob("*.zip"))
    bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)
    for source in (Path(os.environ["BLENDER_USER_RESOURCES"]) / "extensions/user_default/onesculpt/bundled").rglob(
        "*.py"
    ):
        os.utime(source, 2 * (zlib.crc32(source.read_bytes()),))  # so that compiled kernels are found again


def positions(item: bpy.types.Object) -> np.ndarray:
    flat = np.empty(3 * len(item.data.vertices), np.float32)
    item.data.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def set_up(artist: Artist) -> Iterator[float]:
    """Backend: an empty section that says what to do, then a Python that is there."""
    session, view = part("process.session").session, bpy.context.window_manager.onesculpt.process
    yield from artist.look("01_backend")
    bpy.ops.onesculpt.use_python(filepath=arguments["python"])
    yield from wait(lambda: not session.running and view.backend != "", PATIENCE, "the check")
    facts["backend"] = view.backend
    yield from artist.look("02_backend_ready")


def sculpt(artist: Artist) -> Iterator[float]:
    """Pair: the base head, a stroke of the brush, and the rest of a sculptor's day in one step."""
    pair = bpy.context.scene.onesculpt.pair
    session = part("process.session").session
    yield from artist.press("onesculpt.add_base_head(", lambda: session.running or pair.neutral is not None)
    yield from wait(lambda: pair.neutral is not None, PATIENCE, "the base head")
    artist.face(pair.neutral)
    yield from artist.look("03_base_head")
    yield from artist.press("onesculpt.start_sculpt(", lambda: bpy.context.mode == "SCULPT")
    artist.face(pair.styled)
    yield 1.0
    region, before = artist.region("WINDOW"), positions(pair.styled)
    # Left of the sidebar, which lies over the view.
    x, y = region.x + (region.width - artist.region("UI").width) // 2, region.y + region.height // 2
    yield from artist.drag([(x + step, y + step) for step in range(-24, 24, 4)])
    bpy.context.view_layer.update()
    facts["stroke"] = float(np.abs(positions(pair.styled) - before).max())
    bpy.ops.object.mode_set("EXEC_DEFAULT", True, mode="OBJECT")
    pair.styled.data.vertices.foreach_set("co", (before + np.load(SHARE / "sculpted.npy")).astype(np.float32).ravel())
    pair.styled.data.update()
    bpy.ops.object.mode_set("EXEC_DEFAULT", True, mode="SCULPT")
    artist.face(pair.styled)
    yield from artist.look("04_sculpt")
    yield from artist.press("object.mode_set(", lambda: bpy.context.mode == "OBJECT")


def train(artist: Artist) -> Iterator[float]:
    """Stylize: while the training runs the artist works on, holds it, and lets it go on."""
    session, timer = part("process.session").session, part("process.timer")
    pair, wanted = bpy.context.scene.onesculpt.pair, bpy.context.scene.onesculpt.stylize
    wanted.name, wanted.preset = "Goblin", "draft"
    bpy.ops.onesculpt.check_pair()
    bpy.ops.ed.undo_push(message="Settings")  # as typing them in does
    artist.face(pair.neutral, pair.styled)
    yield from artist.look("05_pair")
    yield from artist.show("PT_stylize")
    spent: list[tuple[int, int]] = []  # milliseconds of the processor, and of the clock
    poll = timer.tick

    def timed() -> float | None:
        start, wall = time.thread_time(), time.perf_counter()
        again = poll()
        spent.append((round(1000 * (time.thread_time() - start)), round(1000 * (time.perf_counter() - wall))))
        return again

    timer.tick = timed
    yield from artist.press("onesculpt.stylize(", lambda: session.running)
    job = session.job
    yield from artist.press("onesculpt.pause(", lambda: job.paused)
    yield from artist.press("onesculpt.pause(", lambda: not job.paused)
    with artist.do():
        bpy.ops.mesh.primitive_cube_add("EXEC_DEFAULT", True, location=(0, 0, 5))  # True: a step of its own to undo
    yield 0.3
    with artist.do():
        bpy.ops.ed.undo()
    yield 0.3
    with artist.do():
        bpy.ops.wm.save_as_mainfile(filepath=str(SHARE / "walk.blend"))
        bpy.context.scene.render.engine = "BLENDER_WORKBENCH"
        bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 32
        bpy.context.scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        bpy.ops.render.render()
        bpy.data.cameras.remove(bpy.context.scene.camera.data)
    facts["survived"] = sorted(item.name for item in bpy.data.objects)
    yield from wait(lambda: job.latest.preview > 1 and len(job.losses.get("total", ())) > 12, PATIENCE, "the training")
    artist.face()  # the preview stands beside the two
    yield from artist.look("06_training")
    facts["live"] = [item.name for item in bpy.data.objects if item.name.endswith("preview")]
    facts["said"] = bpy.context.window_manager.onesculpt.process.left
    yield from artist.press("onesculpt.use_best(", lambda: job.folder.use_best.exists() or job.ended)
    yield from wait(lambda: not session.running and "Goblin" in bpy.data.objects, PATIENCE, "the rig")
    yield from wait(lambda: session.taken, PATIENCE, "the undo step")
    facts["blocked"] = sorted(spent)[-8:]
    facts["left"] = [item.name for item in bpy.data.objects if item.name.endswith("preview")]
    # One undo takes the rig away and nothing else; redo brings it back.
    with artist.do():
        bpy.ops.ed.undo()
    yield 0.5
    facts["undone"] = sorted(item.name for item in bpy.data.objects)
    with artist.do():
        bpy.ops.ed.redo()
    yield 0.5


def animate(artist: Artist) -> Iterator[float]:
    """Expressions: a preset, and a slider drawn by mouse."""
    item = bpy.data.objects["Goblin"]
    facts["keys"] = sum(not key.name.startswith("corrective_") for key in item.data.shape_keys.key_blocks[1:])
    bpy.context.view_layer.objects.active = item
    yield from artist.show("PT_expressions")
    for other in bpy.data.objects:
        other.hide_set(other.name not in {"Goblin", "Goblin bones"})
    artist.face(item)
    with artist.do():
        bpy.ops.onesculpt.apply_preset("EXEC_DEFAULT", True, name="Laugh")
    yield from artist.look("07_expressions")
    places: list[tuple[int, int]] = []
    yield from artist.find('["jawOpen"].value', places)
    x, y = places[0]
    before = item.data.shape_keys.key_blocks["jawOpen"].value
    yield from artist.drag([(x + step, y) for step in range(0, 60, 6)])
    facts["slid"] = item.data.shape_keys.key_blocks["jawOpen"].value - before
    with artist.do():
        bpy.ops.onesculpt.apply_preset(name="Neutral")
    bpy.context.view_layer.objects.active = item


def give_to_others(artist: Artist) -> Iterator[float]:
    """Styles and Apply: the style is in the library, and goes to two other people."""
    session = part("process.session").session
    bpy.ops.onesculpt.open_library()
    yield from artist.show("PT_styles")
    yield from artist.look("08_styles")
    bpy.context.scene.onesculpt.apply.count = 2
    yield from artist.show("PT_apply")
    yield from artist.press("onesculpt.apply_random(", lambda: session.running)
    yield from wait(lambda: not session.running and "Goblin 2" in bpy.data.objects, PATIENCE, "the others")
    rigs = [item for item in bpy.data.objects if item.onesculpt.role == "RIG"]
    facts["rigs"] = sorted(item.name for item in rigs)
    for number, item in enumerate(rigs):
        item.parent.location = (0.35 * number, 0, 0)
        item.data.shape_keys.key_blocks["mouthSmileLeft"].value = 0.8
        item.data.shape_keys.key_blocks["mouthSmileRight"].value = 0.8
    artist.face(*rigs)
    yield from artist.look("09_apply")
    for item in rigs:
        item.data.shape_keys.key_blocks["mouthSmileLeft"].value = 0
        item.data.shape_keys.key_blocks["mouthSmileRight"].value = 0


def give_away(artist: Artist) -> Iterator[float]:
    """Export, and a recording on the face."""
    item = bpy.data.objects["Goblin"]
    for other in bpy.data.objects:
        other.hide_set(other.name not in {"Goblin", "Goblin bones"})
    artist.face(item)
    bpy.context.view_layer.objects.active = item
    yield from artist.show("PT_export")
    yield from artist.look("10_export")
    path = SHARE / "goblin.glb"
    with artist.do():
        bpy.ops.onesculpt.export("EXEC_DEFAULT", filepath=str(path))
    facts["exported"] = path.stat().st_size
    yield from artist.show("PT_motion")
    with artist.do():
        bpy.ops.onesculpt.choose_motion("EXEC_DEFAULT", filepath=str(SHARE / "face.csv"))
    yield 0.5
    yield from artist.press("onesculpt.import_motion(", lambda: item.data.shape_keys.animation_data is not None)
    bpy.context.scene.frame_set(7)  # a quarter of a second in, where the recorded jaw is wide open
    yield from artist.look("11_motion")
    facts["jaw"] = item.data.shape_keys.key_blocks["jawOpen"].value


def bind(artist: Artist) -> Iterator[float]:
    """Pair: a head of another topology is bound; its landmarks can be dragged."""
    pair, session = bpy.context.scene.onesculpt.pair, part("process.session").session
    with np.load(SHARE / "other.npz") as archive:
        points, faces = archive["points"], archive["faces"]
    mesh = bpy.data.meshes.new("Scan")
    mesh.from_pydata(points.tolist(), [], [[int(corner) for corner in face if corner >= 0] for face in faces])
    mesh.shade_smooth()
    item = bpy.data.objects.new("Scan", mesh)
    bpy.context.collection.objects.link(item)
    for other in bpy.data.objects:
        other.hide_set(other != item)
    item.location.x, pair.styled, pair.neutral = 2.0, None, item
    artist.face(item)
    yield from artist.show("PT_pair")
    yield from artist.press("onesculpt.bind(", lambda: session.running or item.onesculpt.bind.mean > 0)
    yield from wait(lambda: item.onesculpt.bind.mean > 0, PATIENCE, "the binding")
    facts["bound"] = item.onesculpt.bind.mean
    artist.face(*(other for other in bpy.data.objects if other.type == "MESH" and not other.hide_get()))
    for other in bpy.context.selected_objects:
        other.select_set(False)
    bpy.context.view_layer.objects.active = bpy.data.objects["nose_tip"]
    bpy.data.objects["nose_tip"].select_set(True)
    yield from artist.look("12_bind")


def translate(artist: Artist) -> Iterator[float]:
    """The panel in Korean, where this build of Blender has its languages."""
    yield from artist.show()
    view = bpy.context.preferences.view
    try:
        view.language, view.use_translate_interface = "ko_KR", True
    except TypeError:
        facts["korean"] = ""
        return
    facts["korean"] = bpy.app.translations.pgettext_iface("Start Sculpt", "Operator")
    yield from artist.look("13_korean")


def walk() -> Iterator[float]:
    install()
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    artist = Artist()
    artist.area.spaces[0].show_region_ui = True
    yield 1.0
    artist.region("UI").active_panel_category = "Onesculpt"
    registry = part("registry")
    sections = (one for module in registry.modules() for one in registry.classes(module) if hasattr(one, "bl_order"))
    artist.sections = sorted(sections, key=lambda section: section.bl_order)
    facts["sections"] = [section.bl_label for section in artist.sections]
    yield 0.5
    for step in (set_up, sculpt, train, animate, give_to_others, give_away, bind, translate):
        began = time.monotonic()
        yield from step(artist)
        facts.setdefault("seconds", {})[step.__name__] = round(time.monotonic() - began, 1)


def tick(steps: Iterator[float] = walk()) -> float | None:  # noqa: B008 - one walk per process is meant
    try:
        return next(steps)
    except StopIteration:
        facts["passed"] = True
    except Exception:  # noqa: BLE001 - whatever it is, the outer test has to see it
        facts["error"] = traceback.format_exc()
        with contextlib.suppress(OSError):
            shutil.copy(SCREEN, SHARE / "error.xwd")
    (SHARE / "facts.json").write_text(json.dumps(facts))
    bpy.ops.wm.quit_blender()
    return None


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(tick, first_interval=2.0)
