# SPDX-License-Identifier: GPL-3.0-or-later
"""The Export button."""

from pathlib import Path

import bpy

from ..expressions.operators import SliderOperator
from ..expressions.sliders import keys_of, rig_of


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
        from .write import SUFFIXES, export_rig

        wanted, item = context.scene.onesculpt.export, rig_of(context)
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(SUFFIXES[wanted.format])
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        table = read_table(wanted.table.as_string()) if wanted.table else {}
        try:
            if not path.parent.is_dir():
                raise OSError(f"The folder “{path.parent}” does not exist. Choose another one")
            names = renamed([key.name for key in keys_of(item)], wanted.naming, table)
            found = export_rig(context, item, path, wanted.format, names, animated=wanted.animation)
        except (CannotBake, ValueError, OSError, RuntimeError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for sentence in found:
            self.report({"WARNING"}, sentence)
        if not found:
            self.report({"INFO"}, f"“{path.name}”: {len(names)} keys written, read back and found the same")
        return {"FINISHED"}


CLASSES = (ONESCULPT_OT_export,)
