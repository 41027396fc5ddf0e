# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on's buttons share: they are grey for a reason, and what they can't do they say in words."""

import bpy

from .words import UserError, said, tell, translated


class Action(bpy.types.Operator):
    """An operator whose subclasses say when they are refused, and carry out their work.

    ``ONESCULPT_OT_cancel`` is called as ``bpy.ops.onesculpt.cancel``.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _, operator, name = cls.__name__.partition("_OT_")
        if operator:
            cls.bl_idname = f"onesculpt.{name}"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = cls.refusal(context)
        if reason:
            cls.poll_message_set(translated(reason))
        return not reason

    @classmethod
    def refusal(cls, _context: bpy.types.Context) -> str:
        """Why the button is grey; empty when it is not."""
        return ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self.carry_out(context)
        except UserError as error:
            tell(self, "ERROR", said(error), error.remedy)
            return {"CANCELLED"}
        except OSError as error:
            tell(self, "ERROR", said(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def carry_out(self, context: bpy.types.Context) -> None:
        """The work, which may raise `UserError`."""


class FileAction(Action):
    """An action on a file, which is chosen first."""

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")

    def suggested(self, _context: bpy.types.Context) -> str:
        """The name or path that the file browser starts with."""
        return self.filepath

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.filepath = self.suggested(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}
