# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Styles section."""

import shutil
from pathlib import Path

import bpy

from . import library, shelf


class StyleOperator(bpy.types.Operator):
    """An operator on the picked style."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if shelf.chosen(context) is None:
            cls.poll_message_set("Open the library and pick a style")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self.carry_out(context, shelf.chosen(context))
        except (library.LibraryError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class ONESCULPT_OT_open_library(bpy.types.Operator):
    """Read the style library's folder"""

    bl_idname = "onesculpt.open_library"
    bl_label = "Open the Library"

    def execute(self, context: bpy.types.Context) -> set[str]:
        shelf.refresh(context)
        return {"FINISHED"}


class ONESCULPT_OT_rename_style(StyleOperator):
    """Give the style another name"""

    bl_idname = "onesculpt.rename_style"
    bl_label = "Rename Style"

    name: bpy.props.StringProperty(name="Name")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.name = shelf.chosen(context).stem
        return context.window_manager.invoke_props_dialog(self)

    def carry_out(self, context: bpy.types.Context, path: Path) -> None:
        target = library.rename(path, self.name)
        shelf.refresh(context)
        context.window_manager.onesculpt.styles.style = str(target)


class ONESCULPT_OT_delete_style(StyleOperator):
    """Put the style aside; Undo Delete brings it back"""

    bl_idname = "onesculpt.delete_style"
    bl_label = "Delete Style"

    def carry_out(self, context: bpy.types.Context, path: Path) -> None:
        context.window_manager.onesculpt.styles.deleted = str(library.delete(path))
        shelf.refresh(context)


class ONESCULPT_OT_restore_style(bpy.types.Operator):
    """Bring the last deleted style back"""

    bl_idname = "onesculpt.restore_style"
    bl_label = "Undo Delete"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(context.window_manager.onesculpt.styles.deleted)

    def execute(self, context: bpy.types.Context) -> set[str]:
        view = context.window_manager.onesculpt.styles
        try:
            path = library.restore(Path(view.deleted))
        except library.LibraryError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        view.deleted = ""
        shelf.refresh(context)
        view.style = str(path)
        return {"FINISHED"}


class ONESCULPT_OT_add_style(bpy.types.Operator):
    """Copy a style file into the library"""

    bl_idname = "onesculpt.add_style"
    bl_label = "Add Style File"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.style", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            target = library.add(Path(self.filepath), shelf.folder(context))
        except (library.LibraryError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        shelf.refresh(context)
        context.window_manager.onesculpt.styles.style = str(target)
        return {"FINISHED"}


class ONESCULPT_OT_save_style(StyleOperator):
    """Copy the style file to another place, to send it on"""

    bl_idname = "onesculpt.save_style"
    bl_label = "Save a Copy"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.filepath = shelf.chosen(context).name
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def carry_out(self, _context: bpy.types.Context, path: Path) -> None:
        shutil.copyfile(path, Path(self.filepath).with_suffix(library.SUFFIX))


CLASSES = (
    ONESCULPT_OT_open_library,
    ONESCULPT_OT_rename_style,
    ONESCULPT_OT_delete_style,
    ONESCULPT_OT_restore_style,
    ONESCULPT_OT_add_style,
    ONESCULPT_OT_save_style,
)


def unregister() -> None:
    shelf.close()
