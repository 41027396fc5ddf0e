# SPDX-License-Identifier: GPL-3.0-or-later
"""Onesculpt inside Blender: sculpt one styled face, press a button, animate every face in that style."""


def register() -> None:
    """Called by Blender; nothing runs until the artist uses it."""
    from . import registry

    registry.register()


def unregister() -> None:
    """Called by Blender; leaves no class, property, timer or process behind."""
    from . import registry

    registry.unregister()
