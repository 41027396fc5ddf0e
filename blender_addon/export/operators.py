# SPDX-License-Identifier: GPL-3.0-or-later
"""The Export button."""

from pathlib import Path

import bpy

from ..expressions.operators import SliderOperator
from ..expressions.sliders import rig_of
from ..words import Phrase, said, tell


class ONESCULPT_OT_export(SliderOperator):
    """Write the face with its keys and bones, then read the file back and compare"""

    bl_idname = "onesculpt.export"
    bl_label = "Export"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        from .write import SUFFIXES

        wanted = context.scene.onesculpt.export
        name = bpy.path.clean_name(rig_of(context).name) + SUFFIXES[wanted.format]
        self.filepath = str(Path(bpy.path.abspath("//") or Path.home()) / name)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .copies import CannotBake
        from .naming import read_table, renamed
        from .summary import exported_keys
        from .write import SUFFIXES, export_rig

        wanted, item = context.scene.onesculpt.export, rig_of(context)
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(SUFFIXES[wanted.format])
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        table = read_table(wanted.table.as_string()) if wanted.table else {}
        try:
            if not path.parent.is_dir():
                raise OSError(
                    Phrase("The folder “{name}” does not exist. Choose another one", name=path.parent.name)
                )
            keys = exported_keys(item, correctives=wanted.correctives)
            names = renamed([key.name for key in keys], wanted.naming, table)
            found = export_rig(context, item, path, wanted.format, names, animated=wanted.animation)
        except (CannotBake, ValueError, OSError, RuntimeError) as error:
            tell(self, "ERROR", said(error))
            return {"CANCELLED"}
        for sentence in found:
            tell(self, "WARNING", sentence)
        if not found:
            done = "“{file}”: {count} keys written, read back and found the same"
            tell(self, "INFO", Phrase(done, file=path.name, count=len(names)))
        return {"FINISHED"}


CLASSES = (ONESCULPT_OT_export,)
