# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's own name, its folders and its preferences, for every module below."""

from pathlib import Path
from typing import Any

import bpy

NAME: str = __package__ or ""
"""``bl_ext.<repository>.onesculpt`` when installed as an extension."""

CATEGORY = "Onesculpt"
"""The sidebar's tab."""


def user_folder(name: str, *, create: bool = True) -> Path:
    """A folder for the user's files that survives upgrades of the add-on."""
    return Path(bpy.utils.extension_path_user(NAME, path=name, create=create))


def preferences(context: bpy.types.Context) -> Any:
    """The add-on's preferences."""
    return context.preferences.addons[NAME].preferences


def version() -> str:
    """The add-on's version, as the manifest says it."""
    import tomllib

    with open(Path(__file__).with_name("blender_manifest.toml"), "rb") as stream:
        return tomllib.load(stream)["version"]


def redraw(context: bpy.types.Context) -> None:
    """Have the panels drawn again."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
