# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept beside the shape keys: locks and intensities; the values are the shape keys' own."""

import bpy

from .regions import LEAST_INTENSITY, MOST_INTENSITY, REGIONS


class ExpressionKey(bpy.types.PropertyGroup):
    """One key; ``name`` is its shape key's."""

    locked: bpy.props.BoolProperty(
        name="Keep This Key", description="Keep this key as you corrected it when the rig is made again"
    )
    corrective: bpy.props.BoolProperty(description="Driven by other keys", options={"HIDDEN"})
    intensity: bpy.props.FloatProperty(default=1.0, options={"HIDDEN"})


def _region_changed(self: "RegionIntensity", _context: bpy.types.Context) -> None:
    from .sliders import set_intensity

    item = self.id_data
    if item.type == "MESH" and item.data.shape_keys is not None:
        set_intensity(item, REGIONS.get(self.name, ()), self.intensity)


class RegionIntensity(bpy.types.PropertyGroup):
    """How strong the expressions of one region are; ``name`` is the region's."""

    intensity: bpy.props.FloatProperty(
        name="Intensity",
        description="Make all expressions of this region stronger or weaker; 1 is what the style gave",
        default=1.0,
        min=LEAST_INTENSITY,
        max=MOST_INTENSITY,
        soft_max=2.0,
        step=5,
        update=_region_changed,
    )


class ExpressionsObject(bpy.types.PropertyGroup):
    """The sliders of one rig."""

    keys: bpy.props.CollectionProperty(type=ExpressionKey)
    regions: bpy.props.CollectionProperty(type=RegionIntensity)
    linked: bpy.props.BoolProperty(options={"HIDDEN"})
    solo: bpy.props.StringProperty(options={"HIDDEN"})


class ExpressionsView(bpy.types.PropertyGroup):
    """What the section shows."""

    search: bpy.props.StringProperty(
        name="Search", description="Show only sliders whose name has these words", options={"TEXTEDIT_UPDATE"}
    )
