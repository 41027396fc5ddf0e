# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender with a window: an artist's walk through the panel by simulated mouse, with screenshots.

One timer drives all steps; what it saw goes into ``facts.json``.
"""

import json
import shutil
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

SHARE = Path(__file__).parent
SCREEN = Path("/tmp/fb/Xvfb_screen0")  # noqa: S108 - where the tool's display writes its picture
ROOT_PACKAGE = "bl_ext.user_default.onesculpt"
HEIGHT = 800
# Where the buttons are in the factory layout of a 1280 × 800 window, from the top left.
ADD_BASE_HEAD, START_SCULPT, STYLIZE = (902, 222), (901, 317), (960, 459)

facts: dict[str, Any] = {}


class Artist:
    """Moves the mouse, presses it, and looks."""

    def __init__(self) -> None:
        self.window = bpy.context.window_manager.windows[0]
        self.area = next(area for area in self.window.screen.areas if area.type == "VIEW_3D")

    def region(self, kind: str) -> bpy.types.Region:
        return next(region for region in self.area.regions if region.type == kind)

    def click(self, place: tuple[int, int]) -> Iterator[float]:
        x, y = place[0], HEIGHT - 1 - place[1]
        self.window.event_simulate("MOUSEMOVE", "NOTHING", x=x, y=y)
        yield 0.15
        self.window.event_simulate("LEFTMOUSE", "PRESS", x=x, y=y)
        yield 0.08
        self.window.event_simulate("LEFTMOUSE", "RELEASE", x=x, y=y)
        yield 0.5

    def press(self, place: tuple[int, int], done: Any) -> Iterator[float]:
        """Click until it shows: a panel that still slides into place can be missed once."""
        for _ in range(4):
            self.area.tag_redraw()
            yield 1.0
            yield from self.click(place)
            yield 0.5
            if done():
                return
        raise AssertionError(f"clicking at {place} did nothing")

    def look(self, name: str) -> Iterator[float]:
        self.area.tag_redraw()
        yield 0.8
        shutil.copy(SCREEN, SHARE / f"{name}.xwd")

    def do(self) -> Any:
        return bpy.context.temp_override(window=self.window, area=self.area, region=self.region("WINDOW"))

    def front(self) -> None:
        self.area.spaces[0].region_3d.view_perspective = "ORTHO"
        with self.do():
            bpy.ops.view3d.view_axis(type="FRONT")
            bpy.ops.view3d.view_all()


def wait(condition: Any, seconds: float = 60) -> Iterator[float]:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        yield 0.1


def walk() -> Iterator[float]:
    bpy.context.preferences.view.show_splash = False
    archive = next(SHARE.glob("*.zip"))
    bpy.ops.extensions.package_install_files(
        filepath=str(archive), repo="user_default", enable_on_install=True
    )
    runner = sys.modules[ROOT_PACKAGE + ".process.runner"]
    preferences = bpy.context.preferences.addons[ROOT_PACKAGE].preferences
    artist = Artist()
    artist.area.spaces[0].show_region_ui = True
    yield 1.0
    artist.region("UI").active_panel_category = "Onesculpt"
    yield from artist.look("1_backend")
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)

    preferences.python = sys.executable
    pair = bpy.context.scene.onesculpt.pair
    yield from artist.press(ADD_BASE_HEAD, lambda: runner.running() or pair.neutral is not None)
    yield from wait(lambda: pair.neutral is not None)
    artist.front()
    yield from artist.look("2_pair")
    yield from artist.press(START_SCULPT, lambda: bpy.context.mode == "SCULPT")
    yield from artist.look("3_sculpt")
    with artist.do():
        bpy.ops.object.mode_set(mode="OBJECT")
    for vertex in pair.styled.data.vertices:
        if vertex.co.z > 0.05:
            vertex.co.z = 0.05 + 1.8 * (vertex.co.z - 0.05)
    pair.styled.data.update()
    with artist.do():
        bpy.ops.onesculpt.check_pair()
    artist.front()
    yield from artist.look("4_stylize")

    # While the job runs Blender goes on: the timer below ticks, the view turns, the file is saved.
    preferences.python = str(SHARE / "fake_python")
    bpy.context.scene.onesculpt.stylize.name = "Goblin"
    spent: list[float] = []
    poll = runner._tick

    def timed() -> float | None:
        start = time.perf_counter()
        again = poll()
        spent.append(time.perf_counter() - start)
        return again

    runner._tick = timed
    yield from artist.press(STYLIZE, runner.running)
    yield from wait(lambda: runner.session.job.latest.preview > 3)
    with artist.do():
        bpy.ops.view3d.view_orbit(angle=0.4, type="ORBITLEFT")
        bpy.ops.wm.save_as_mainfile(filepath=str(SHARE / "walk.blend"))
    yield from artist.look("5_training")
    assert "Base head sculpt preview" in bpy.data.objects
    yield from wait(lambda: not runner.running() and "Goblin" in bpy.data.objects)
    facts["milliseconds"] = sorted(1000 * seconds for seconds in spent[:-1])
    facts["taking"] = 1000 * spent[-1]
    assert "Base head sculpt preview" not in bpy.data.objects
    facts["keys"] = len(bpy.data.objects["Goblin"].data.shape_keys.key_blocks) - 1

    # One undo takes the rig away and nothing else; redo brings it back.
    with artist.do():
        bpy.ops.ed.undo()
    yield 0.5
    facts["undone"] = sorted(item.name for item in bpy.data.objects)
    with artist.do():
        bpy.ops.ed.redo()
    yield 0.5
    for item in bpy.data.objects:
        item.hide_set(item.name not in {"Goblin", "Goblin bones"})
    with artist.do():
        bpy.ops.onesculpt.apply_preset(name="Laugh")
    artist.front()
    for _ in range(8):
        artist.window.event_simulate("WHEELDOWNMOUSE", "PRESS", x=900, y=400)
        yield 0.05
    yield from artist.look("6_expressions")
    view = bpy.context.preferences.view
    try:
        view.language, view.use_translate_interface = "ko_KR", True
    except TypeError:
        facts["korean"] = ""  # this build of Blender came without its languages
    else:
        facts["korean"] = bpy.app.translations.pgettext_iface("Start Sculpt", "Operator")
        yield from artist.look("7_korean")
    facts["jaw"] = bpy.data.objects["Goblin"].data.shape_keys.key_blocks["jawOpen"].value


def tick(steps: Iterator[float] = walk()) -> float | None:  # noqa: B008 - one walk per process is meant
    try:
        return next(steps)
    except StopIteration:
        facts["passed"] = True
    except Exception:  # noqa: BLE001 - whatever it is, the outer test has to see it
        facts["error"] = traceback.format_exc()
        shutil.copy(SCREEN, SHARE / "error.xwd")
    (SHARE / "facts.json").write_text(json.dumps(facts))
    bpy.ops.wm.quit_blender()
    return None


bpy.app.timers.register(tick, first_interval=2.0)
