# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sections about the active rig share."""

import bpy

from ..process.panel import Section, draw_text
from .sliders import rig_of


class RigSection(Section):
    """A section that needs a rig, and says so where none is active."""

    without = ""

    def draw(self, context: bpy.types.Context) -> None:
        item = rig_of(context)
        if item is None or item.data.shape_keys is None:
            draw_text(self.layout, context, self.without, icon="INFO")
        else:
            self.draw_rig(context, item)

    def draw_rig(self, context: bpy.types.Context, item: bpy.types.Object) -> None:
        """The section for this rig; each fills it in."""
