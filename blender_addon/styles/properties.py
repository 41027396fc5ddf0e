# SPDX-License-Identifier: GPL-3.0-or-later
"""Which style of the library is picked."""

import bpy

from .shelf import items


class StylesView(bpy.types.PropertyGroup):
    """The library as it is looked at."""

    style: bpy.props.EnumProperty(name="Style", description="The style that is applied", items=items)
    deleted: bpy.props.StringProperty(options={"HIDDEN"})


CLASSES = (StylesView,)
