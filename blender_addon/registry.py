# SPDX-License-Identifier: GPL-3.0-or-later
"""What gets registered with Blender, in the order it has to be."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import bpy

from .process import session

FEATURES = {
    "process": ("properties", "operators", "panel"),
    "bind": ("properties", "operators"),
    "pair": ("properties", "operators", "panel"),
    "stylize": ("properties", "operators", "panel"),
    "expressions": ("properties", "operators", "panel"),
    "apply": ("properties", "operators", "panel"),
    "styles": ("properties", "operators", "panel"),
    "export": ("properties", "operators", "panel"),
    "motion": ("properties", "operators", "panel"),
}
"""The panel's sections from top to bottom, and which of the usual files each has."""


def _modules() -> Iterator[ModuleType]:
    """Property groups first, then the groups that point to them, then what uses both."""
    for part in ("properties", "operators", "panel"):
        for feature, parts in FEATURES.items():
            if part in parts:
                yield import_module(f".{feature}.{part}", __package__)
        if part == "properties":
            yield import_module(".properties", __package__)
            yield import_module(".preferences", __package__)


def register() -> None:
    from .translations import translations

    bpy.app.translations.register(__package__, translations())
    for module in _modules():
        for cls in module.CLASSES:
            bpy.utils.register_class(cls)
        session.HANDLERS.update(getattr(module, "HANDLERS", {}))
        session.PREVIEWS.update(getattr(module, "PREVIEWS", {}))
        if hasattr(module, "register"):
            module.register()


def unregister() -> None:
    for module in reversed([*_modules()]):
        if hasattr(module, "unregister"):
            module.unregister()
        for cls in reversed(module.CLASSES):
            bpy.utils.unregister_class(cls)
    session.HANDLERS.clear()
    session.PREVIEWS.clear()
    bpy.app.translations.unregister(__package__)
