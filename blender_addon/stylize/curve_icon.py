# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss curve as an icon that a panel can show."""

import bpy
import bpy.utils.previews

NAME = "loss"
SIZE = 128

_collections: dict[str, bpy.utils.previews.ImagePreviewCollection] = {}


def show_curve(values: list[float]) -> None:
    """Draw ``values`` into the icon; called by the timer, never while a panel is drawn."""
    from .curve import draw_curve

    icons = _collections.setdefault(NAME, bpy.utils.previews.new())
    picture = icons.get(NAME) or icons.new(NAME)
    picture.image_size = (SIZE, SIZE)
    picture.image_pixels_float.foreach_set(draw_curve(values, SIZE, SIZE).ravel())


def icon_id() -> int:
    """What `template_icon` wants; 0 while there is no curve."""
    icons = _collections.get(NAME)
    return icons[NAME].icon_id if icons and NAME in icons else 0


def close() -> None:
    """Free the icon."""
    for icons in _collections.values():
        bpy.utils.previews.remove(icons)
    _collections.clear()
