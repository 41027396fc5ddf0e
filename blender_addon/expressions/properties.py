# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept beside the shape keys: locks and intensities; the values are the shape keys' own."""

import bpy

from .regions import OTHER, REGIONS


class ExpressionKey(bpy.types.PropertyGroup):
    """One slider; ``name`` is its shape key's."""

    locked: bpy.props.BoolProperty(
        name="Keep This Key",
        description="Keep this key as you corrected it when the rig is made again",
    )
    intensity: bpy.props.FloatProperty(default=1.0, options={"HIDDEN"})


class ExpressionsObject(bpy.types.PropertyGroup):
    """The sliders of one rig."""

    keys: bpy.props.CollectionProperty(type=ExpressionKey)
    linked: bpy.props.BoolProperty(options={"HIDDEN"})
    solo: bpy.props.StringProperty(options={"HIDDEN"})


class ExpressionsView(bpy.types.PropertyGroup):
    """What the section shows."""

    search: bpy.props.StringProperty(
        name="Search", description="Show only sliders whose name has these words", options={"TEXTEDIT_UPDATE"}
    )
    region: bpy.props.EnumProperty(
        name="Region", items=[(region, region, "") for region in (*REGIONS, OTHER)], options={"SKIP_SAVE"}
    )


CLASSES = (ExpressionKey, ExpressionsObject, ExpressionsView)
