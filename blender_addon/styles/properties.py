# SPDX-License-Identifier: GPL-3.0-or-later
"""Which styles of the library are picked, and what a blended face is made of."""

import bpy

from .shelf import items


class StylesView(bpy.types.PropertyGroup):
    """The library as it is looked at."""

    style: bpy.props.EnumProperty(name="Style", description="The style that is applied", items=items)
    second: bpy.props.EnumProperty(
        name="Second Style", description="The style at the other end of the blend", items=items
    )
    deleted: bpy.props.StringProperty(options={"HIDDEN"})


def _amount_changed(self: "BlendObject", _context: bpy.types.Context) -> None:
    from .blending import show_blend

    if self.first and self.id_data.onesculpt.role == "RIG":
        show_blend(self.id_data)


class BlendObject(bpy.types.PropertyGroup):
    """What a blended face is made of."""

    first: bpy.props.StringProperty(description="The style file at 0", options={"HIDDEN"})
    second: bpy.props.StringProperty(description="The style file at 1", options={"HIDDEN"})
    result: bpy.props.StringProperty(description="The file that holds both ends", options={"HIDDEN"})
    amount: bpy.props.FloatProperty(
        name="Blend",
        description="How far from the first style to the second; the face follows at once",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_amount_changed,
    )
