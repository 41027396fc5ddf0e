# SPDX-License-Identifier: GPL-3.0-or-later
"""The library as the panel shows it: read when asked, kept with its icons until read again."""

from pathlib import Path

import bpy
import bpy.utils.previews

from ..package import preferences, user_folder
from . import library

NONE = "NONE"

_items: list[tuple[str, str, str, int, int]] = []
_icons: list[bpy.utils.previews.ImagePreviewCollection] = []


def folder(context: bpy.types.Context) -> Path:
    """Where the artist's styles are."""
    chosen = preferences(context).library
    return Path(bpy.path.abspath(chosen)) if chosen else user_folder("styles")


def refresh(context: bpy.types.Context) -> None:
    """Read the library again, thumbnails included."""
    import numpy as np

    close()
    icons = bpy.utils.previews.new()
    _icons.append(icons)
    for number, entry in enumerate(library.entries(folder(context))):
        picture = icons.new(entry.name)
        thumbnail = library.read_thumbnail(entry.path)
        if thumbnail is not None:
            height, width, content = thumbnail
            pixels = np.ones((height, width, 4), np.float32)
            pixels[..., :3] = np.frombuffer(content, np.uint8).reshape(height, width, 3)[::-1] / np.float32(
                255
            )
            picture.image_size = (width, height)
            picture.image_pixels_float.foreach_set(pixels.ravel())
        about = f"{entry.header.get('model', '')}, {entry.path.name}"
        _items.append((str(entry.path), entry.name, about, picture.icon_id, number))


def items(_self: object, _context: bpy.types.Context | None) -> list[tuple[str, str, str, int, int]]:
    """The styles for a list; the same Python strings as long as Blender may show them."""
    return _items or _EMPTY


def chosen(context: bpy.types.Context) -> Path | None:
    """The style that is picked in the panel; None when there is none."""
    picked = context.window_manager.onesculpt.styles.style if _items else NONE
    return None if picked in {NONE, ""} else Path(picked)


def close() -> None:
    """Forget the list, and free its icons."""
    _items.clear()
    while _icons:
        bpy.utils.previews.remove(_icons.pop())


_EMPTY = [(NONE, "No styles", "Stylize a pair, or add a style file", 0, 0)]
