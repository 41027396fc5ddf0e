# SPDX-License-Identifier: GPL-3.0-or-later
"""Someone at the mouse of a Blender with a window: finds buttons by what they do, presses them, and looks."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

SHARE = Path(__file__).parent
SCREEN = Path("/tmp/fb/Xvfb_screen0")  # noqa: S108 - where the display writes its picture
ROW = 9
"""Pixels between two places where a button is looked for; buttons are about 20 tall."""
COLUMNS = (0.5, 0.25, 0.75, 0.9)
"""Where across the sidebar."""
HEADER = 17
"""Pixels from the sidebar's top to the middle of its first section's header."""
Steps = Iterator[float]


class Artist:
    """Everything is a generator of pauses, so that Blender goes on between two movements."""

    def __init__(self) -> None:
        self.window = bpy.context.window_manager.windows[0]
        self.area = next(area for area in self.window.screen.areas if area.type == "VIEW_3D")
        self.sections: list[type[bpy.types.Panel]] = []
        self.shown: list[type[bpy.types.Panel]] = []

    def region(self, kind: str) -> bpy.types.Region:
        return next(region for region in self.area.regions if region.type == kind)

    def do(self, kind: str = "WINDOW") -> bpy.types.ContextTempOverride:
        return bpy.context.temp_override(window=self.window, area=self.area, region=self.region(kind))

    def move(self, x: int, y: int) -> Steps:
        self.window.event_simulate("MOUSEMOVE", "NOTHING", x=x, y=y)
        yield 0.02

    def click(self, x: int, y: int) -> Steps:
        yield from self.move(x, y)
        yield 0.15
        self.window.event_simulate("LEFTMOUSE", "PRESS", x=x, y=y)
        yield 0.08
        self.window.event_simulate("LEFTMOUSE", "RELEASE", x=x, y=y)
        yield 0.4

    def drag(self, places: list[tuple[int, int]]) -> Steps:
        yield from self.move(*places[0])
        yield 0.15
        self.window.event_simulate("LEFTMOUSE", "PRESS", x=places[0][0], y=places[0][1])
        for x, y in places:
            yield 0.05
            self.window.event_simulate("MOUSEMOVE", "NOTHING", x=x, y=y)
        yield 0.1
        self.window.event_simulate("LEFTMOUSE", "RELEASE", x=places[-1][0], y=places[-1][1])
        yield 0.4

    def under_mouse(self) -> str:
        """The operator or the property of the button that the mouse is over, as Blender itself tells."""
        manager = bpy.context.window_manager
        manager.clipboard = ""
        with self.do("UI"):
            found = bpy.context.property
            if found:
                return str(found[1])
            if bpy.ops.ui.copy_python_command_button.poll():
                bpy.ops.ui.copy_python_command_button()
        return str(manager.clipboard)

    def find(self, wanted: str, places: list[tuple[int, int]]) -> Steps:
        """Move over the sidebar until the button is found; its place is added to ``places``."""
        region = self.region("UI")
        for column in COLUMNS:
            x = int(region.x + column * region.width)
            for y in range(region.y + region.height - 8, region.y + 8, -ROW):
                yield from self.move(x, y)
                if wanted in self.under_mouse():
                    places.append((x, y - 3))
                    return
        raise AssertionError(f"there is no button for {wanted} to be seen")

    def press(self, wanted: str, done: Callable[[], bool]) -> Steps:
        """Find a button and click it until it shows: one that still slides into place can be missed once."""
        for _ in range(3):
            places: list[tuple[int, int]] = []
            yield from self.find(wanted, places)
            yield from self.click(*places[0])
            yield 0.6
            if done():
                return
        raise AssertionError(f"pressing {wanted} did nothing")

    def look(self, name: str) -> Steps:
        """Keep a picture of the whole screen."""
        yield from self.move(self.region("WINDOW").x + 60, 120)
        self.area.tag_redraw()
        yield 1.0
        shutil.copy(SCREEN, SHARE / f"{name}.xwd")

    def show(self, *names: str) -> Steps:
        """Show only these sections in the sidebar instead of scrolling to them; all when none is named."""
        for section in self.shown or self.sections:
            bpy.utils.unregister_class(section)
        self.shown = [one for one in self.sections if not names or any(name in one.__name__ for name in names)]
        for section in self.shown:
            bpy.utils.register_class(section)
        self.area.tag_redraw()
        yield 1.0
        region = self.region("UI")
        region.active_panel_category = "Onesculpt"
        yield 0.8
        if names and "DEFAULT_CLOSED" in getattr(self.shown[0], "bl_options", ()):
            yield from self.click(region.x + 60, region.y + region.height - HEADER)
            yield 0.5

    def face(self, *items: bpy.types.Object) -> None:
        """Look at some objects from the front."""
        self.area.spaces[0].region_3d.view_perspective = "ORTHO"
        for item in bpy.context.view_layer.objects:
            item.select_set(item in items)
        with self.do():
            bpy.ops.view3d.view_axis(type="FRONT")
            bpy.ops.view3d.view_selected() if items else bpy.ops.view3d.view_all()
        # The sidebar lies over the view's right side.
        view = self.area.spaces[0].region_3d
        view.view_distance *= 1.2
        view.view_location.x += 0.09 * view.view_distance


def wait(condition: Callable[[], bool], seconds: float, what: str) -> Steps:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waiting for {what} took too long"
        yield 0.1
