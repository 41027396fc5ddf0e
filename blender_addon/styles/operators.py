# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Styles section."""

import shutil
from collections.abc import Callable
from pathlib import Path

import bpy

from ..words import refuse, said, tell
from . import blend_operators, shelf


def attempt(operator: bpy.types.Operator, work: Callable[[], None]) -> set[str]:
    """Do something to the library's files; what can't be done is reported in words."""
    from .library import LibraryError

    try:
        work()
    except (LibraryError, OSError) as error:
        tell(operator, "ERROR", said(error))
        return {"CANCELLED"}
    return {"FINISHED"}


class StyleOperator(bpy.types.Operator):
    """An operator on the picked style."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return shelf.chosen(context) is not None or refuse(cls, "Pick a style in the Styles section")

    def execute(self, context: bpy.types.Context) -> set[str]:
        return attempt(self, lambda: self.carry_out(context, shelf.chosen(context)))


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
        from . import library

        shelf.refresh(context, library.rename(path, self.name))


class ONESCULPT_OT_delete_style(StyleOperator):
    """Put the style aside; Undo Delete brings it back"""

    bl_idname = "onesculpt.delete_style"
    bl_label = "Delete Style"

    def carry_out(self, context: bpy.types.Context, path: Path) -> None:
        from . import library

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
        from . import library

        view = context.window_manager.onesculpt.styles

        def restore() -> None:
            path = library.restore(Path(view.deleted))
            view.deleted = ""
            shelf.refresh(context, path)

        return attempt(self, restore)


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
        from . import library

        def add() -> None:
            shelf.refresh(context, library.add(Path(self.filepath), shelf.folder(context)))

        return attempt(self, add)


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
        from . import library

        shutil.copyfile(path, Path(self.filepath).with_suffix(library.SUFFIX))


CLASSES = (
    ONESCULPT_OT_open_library,
    ONESCULPT_OT_rename_style,
    ONESCULPT_OT_delete_style,
    ONESCULPT_OT_restore_style,
    ONESCULPT_OT_add_style,
    ONESCULPT_OT_save_style,
    *blend_operators.CLASSES,
)


def register() -> None:
    blend_operators.register()


def unregister() -> None:
    import sys

    shelf.end()
    blending = sys.modules.get(f"{__package__}.blending")
    if blending is not None:
        blending.close()
