# SPDX-License-Identifier: GPL-3.0-or-later
"""How a head without a pair shall be rigged."""

import bpy


class OneHeadView(bpy.types.PropertyGroup):
    """What is known of the last head that was rigged; never saved."""

    hollow: bpy.props.BoolProperty(options={"HIDDEN"}, description="It lacks inner parts")
    fused: bpy.props.BoolProperty(options={"HIDDEN"}, description="Its mouth has no opening")


class OneHeadScene(bpy.types.PropertyGroup):
    """Settings of the section that rigs one head."""

    fill_inner: bpy.props.BoolProperty(
        name="Fill Inner Parts",
        description="Put in eyeballs, teeth, tongue and mouth lining where the head has none",
        default=True,
    )
