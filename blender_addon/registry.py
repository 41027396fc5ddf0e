# SPDX-License-Identifier: GPL-3.0-or-later
"""What gets registered with Blender, in the order it has to be."""

from importlib import import_module
from types import ModuleType

import bpy

from .process import session

FEATURES = ("process", "one_head", "bind", "pair", "stylize", "expressions", "apply", "styles", "export", "motion")
"""The folders, each with properties, operators and a part of the panel."""
MODULES = (
    # Property groups first, then the groups that point to them, then what uses both.
    *(f"{feature}.properties" for feature in FEATURES),
    *("properties", "preferences", "process.recovery", "process.report", "process.setup", "styles.blend_operators"),
    *(f"{feature}.{part}" for part in ("operators", "panel") for feature in FEATURES),
)


def modules() -> list[ModuleType]:
    """The modules that have something to register, in that order."""
    return [import_module(f".{name}", __package__) for name in MODULES]


def classes(module: ModuleType) -> list[type]:
    """What a module registers: its property groups, preferences, and whatever has the add-on's name."""
    own = (one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__)
    kinds = (bpy.types.PropertyGroup, bpy.types.AddonPreferences)
    return [one for one in own if issubclass(one, kinds) or one.__name__.startswith("ONESCULPT_")]


def register() -> None:
    from .translations import translations

    bpy.app.translations.register(__package__, translations())
    for module in modules():
        for one in classes(module):
            bpy.utils.register_class(one)
        session.HANDLERS.update(getattr(module, "HANDLERS", {}))
        session.PREVIEWS.update(getattr(module, "PREVIEWS", {}))
        if hasattr(module, "register"):
            module.register()


def unregister() -> None:
    for module in reversed(modules()):
        if hasattr(module, "unregister"):
            module.unregister()
        for one in reversed(classes(module)):
            bpy.utils.unregister_class(one)
    session.HANDLERS.clear()
    session.PREVIEWS.clear()
    bpy.app.translations.unregister(__package__)
