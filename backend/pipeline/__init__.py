# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job from end to end: a checked pair in, a style out; a style and a face in, a rig out.

The command line, the worker and the tests all go through the few names here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .blend import blend_styles
    from .bundled import bundled_pair
    from .preview import preview_style
    from .styler import Styler
    from .stylize import StylizeRun

_HOMES = {
    "Styler": "styler",
    "StylizeRun": "stylize",
    "blend_styles": "blend",
    "bundled_pair": "bundled",
    "preview_style": "preview",
}

__all__ = ["Styler", "StylizeRun", "blend_styles", "bundled_pair", "preview_style"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
