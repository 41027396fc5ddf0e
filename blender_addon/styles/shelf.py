# SPDX-License-Identifier: GPL-3.0-or-later
"""The library as the panel shows it: read when it is first looked at, kept with its icons until read again."""

from pathlib import Path

import bpy
import bpy.utils.previews

from ..package import preferences, redraw, user_folder
from ..process.timer import later
from . import library

NONE = "NONE"

_items: list[tuple[str, str, str, int, int]] = []
_icons: list[bpy.utils.previews.ImagePreviewCollection] = []
_wanted: list[str] = []
"""The style to pick when the library is read next."""
_EMPTY = [(NONE, "No styles", "Stylize a pair, or add a style file", 0, 0)]


def folder(context: bpy.types.Context) -> Path:
    """Where the artist's styles are."""
    chosen = preferences(context).library
    return Path(bpy.path.abspath(chosen)) if chosen else user_folder("styles")


def new_path(context: bpy.types.Context, name: str) -> str:
    """Where a new style of that name goes; raises `UserError` when it is no name."""
    own = folder(context)
    own.mkdir(parents=True, exist_ok=True)
    return str(library.free_path(own, name))


def refresh(context: bpy.types.Context, pick: str | Path = "") -> None:
    """Read the library again, with the pictures that are not known yet, and pick a style of it."""
    view = context.window_manager.onesculpt.styles
    before = str(pick) or str(chosen(context) or "")
    _items.clear()
    if not _icons:
        _icons.append(bpy.utils.previews.new())
    for number, (path, header) in enumerate(library.entries(folder(context))):
        about = f"{header.get('model', '')}, {path.name}"
        _items.append((str(path), path.stem, about, _icon(path), number))
    if before in {item[0] for item in _items}:
        view.style = before
    redraw(context)


def _icon(path: Path) -> int:
    """A style's picture, read once for each version of its file."""
    import numpy as np

    key = f"{path} {path.stat().st_mtime_ns}"
    picture = _icons[0].get(key)
    if picture is None:
        picture = _icons[0].new(key)
        thumbnail = library.read_thumbnail(path)
        if thumbnail is not None:
            height, width, content = thumbnail
            pixels = np.ones((height, width, 4), np.float32)
            rows = np.frombuffer(content, np.uint8).reshape(height, width, 3)[::-1]
            pixels[..., :3] = rows / np.float32(255)
            picture.image_size = (width, height)
            picture.image_pixels_float.foreach_set(pixels.ravel())
    return picture.icon_id


def refresh_soon(context: bpy.types.Context, pick: str | Path) -> None:
    """`refresh` in a block of its own; at once where there are no timers."""
    if bpy.app.background:
        refresh(context, pick)
    else:
        _wanted[:] = [str(pick)]
        later(_read)


def items(_self: object, _context: bpy.types.Context | None) -> list[tuple[str, str, str, int, int]]:
    """The styles for a list; the same Python strings as long as Blender may show them."""
    return _items or _EMPTY


def chosen(context: bpy.types.Context, name: str = "style") -> Path | None:
    """The style that is picked in the panel as ``style`` or as ``second``; None when there is none."""
    picked = getattr(context.window_manager.onesculpt.styles, name) if _items else NONE
    return None if picked in {NONE, ""} else Path(picked)


def read_soon() -> None:
    """Read the library once Blender is done drawing, when it was not read yet."""
    if not _icons:
        later(_read)


def _read() -> None:
    if _wanted or not _icons:
        refresh(bpy.context, _wanted.pop() if _wanted else "")


def close() -> None:
    """Forget the list, and free its icons."""
    _items.clear()
    while _icons:
        bpy.utils.previews.remove(_icons.pop())
