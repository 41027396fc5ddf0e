# SPDX-License-Identifier: GPL-3.0-or-later
"""The Export button."""

from pathlib import Path

import bpy

from ..actions import FileAction
from ..expressions.operators import RigAction
from ..expressions.sliders import rig_of
from ..words import Phrase, UserError, tell


class ONESCULPT_OT_export(RigAction, FileAction):
    """Write the face with its keys and bones, then read the file back and compare"""

    bl_label = "Export"
    bl_options = {"REGISTER"}

    def suggested(self, context: bpy.types.Context) -> str:
        from .write import FORMATS

        name = bpy.path.clean_name(rig_of(context).name) + FORMATS[context.scene.onesculpt.export.format][0]
        return str(Path(bpy.path.abspath("//") or Path.home()) / name)

    def carry_out(self, context: bpy.types.Context) -> None:
        from .naming import read_table, renamed
        from .summary import exported_keys
        from .write import FORMATS, export_rig

        wanted, item = context.scene.onesculpt.export, rig_of(context)
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(FORMATS[wanted.format][0])
        if not path.parent.is_dir():
            raise UserError("The folder “{name}” does not exist. Choose another one", name=path.parent.name)
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        table = read_table(wanted.table.as_string()) if wanted.table else {}
        keys = exported_keys(item, correctives=wanted.correctives)
        names = renamed([key.name for key in keys], wanted.naming, table)
        try:
            found = export_rig(context, item, path, wanted.format, names, animated=wanted.animation)
        except (RuntimeError, ValueError) as error:  # what Blender's exporter says
            raise UserError(str(error)) from error
        for sentence in found:
            tell(self, "WARNING", sentence)
        if not found:
            done = "“{file}”: {count} keys written, read back and found the same"
            tell(self, "INFO", Phrase(done, file=path.name, count=len(names)))
