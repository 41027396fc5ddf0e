# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Styles section."""

import shutil
import sys
from pathlib import Path

import bpy

from ..actions import Action, FileAction
from . import library, shelf


class StyleAction(Action):
    """An action on the picked style."""

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return "" if shelf.chosen(context) else "Pick a style in the Styles section"


class ONESCULPT_OT_open_library(Action):
    """Read the style library's folder"""

    bl_label = "Open the Library"

    def carry_out(self, context: bpy.types.Context) -> None:
        shelf.refresh(context)


class ONESCULPT_OT_rename_style(StyleAction):
    """Give the style another name"""

    bl_label = "Rename Style"

    name: bpy.props.StringProperty(name="Name")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.name = shelf.chosen(context).stem
        return context.window_manager.invoke_props_dialog(self)

    def carry_out(self, context: bpy.types.Context) -> None:
        shelf.refresh(context, library.rename(shelf.chosen(context), self.name))


class ONESCULPT_OT_delete_style(StyleAction):
    """Put the style aside; Undo Delete brings it back"""

    bl_label = "Delete Style"

    def carry_out(self, context: bpy.types.Context) -> None:
        context.window_manager.onesculpt.styles.deleted = str(library.delete(shelf.chosen(context)))
        shelf.refresh(context)


class ONESCULPT_OT_restore_style(Action):
    """Bring the last deleted style back"""

    bl_label = "Undo Delete"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(context.window_manager.onesculpt.styles.deleted)

    def carry_out(self, context: bpy.types.Context) -> None:
        view = context.window_manager.onesculpt.styles
        path = library.restore(Path(view.deleted))
        view.deleted = ""
        shelf.refresh(context, path)


class ONESCULPT_OT_add_style(FileAction):
    """Copy a style file into the library"""

    bl_label = "Add Style File"

    filter_glob: bpy.props.StringProperty(default="*.style", options={"HIDDEN"})

    def carry_out(self, context: bpy.types.Context) -> None:
        shelf.refresh(context, library.add(Path(self.filepath), shelf.folder(context)))


class ONESCULPT_OT_save_style(StyleAction, FileAction):
    """Copy the style file to another place, to send it on"""

    bl_label = "Save a Copy"

    def suggested(self, context: bpy.types.Context) -> str:
        return shelf.chosen(context).name

    def carry_out(self, context: bpy.types.Context) -> None:
        shutil.copyfile(shelf.chosen(context), Path(self.filepath).with_suffix(library.SUFFIX))


def unregister() -> None:
    shelf.close()
    blending = sys.modules.get(f"{__package__}.blending")
    if blending is not None:
        blending.close()
