# SPDX-License-Identifier: GPL-3.0-or-later
"""How many random people get the style."""

import bpy


class ApplyScene(bpy.types.PropertyGroup):
    """Settings of the Apply section."""

    count: bpy.props.IntProperty(name="People", description="How many random people", min=1, max=50, default=3)
    seed: bpy.props.IntProperty(name="First", description="The first person's number", min=0, default=1)
