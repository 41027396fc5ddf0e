# SPDX-License-Identifier: GPL-3.0-or-later
"""The Motion section."""

import bpy

from ..process.panel import Section


class ONESCULPT_PT_motion(Section):
    """Recorded faces."""

    bl_idname = "ONESCULPT_PT_motion"
    bl_label = "8  Motion"
    bl_order = 8
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, _context: bpy.types.Context) -> None:
        self.layout.operator("onesculpt.import_motion", icon="IMPORT")


CLASSES = (ONESCULPT_PT_motion,)
