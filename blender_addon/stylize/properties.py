# SPDX-License-Identifier: GPL-3.0-or-later
"""How the pair shall be trained."""

import bpy


class StylizeScene(bpy.types.PropertyGroup):
    """Settings of the Stylize section."""

    name: bpy.props.StringProperty(
        name="Name", description="Name of the style and of its face", default="My style"
    )
    preset: bpy.props.EnumProperty(
        name="Quality",
        items=[
            ("draft", "Draft", "A minute or so: to see whether the sculpt works"),
            ("standard", "Standard", "A few minutes: what you usually want"),
            ("final", "Final", "Longer: the last bit of quality"),
        ],
        default="standard",
    )
    seed: bpy.props.IntProperty(
        name="Seed", description="The same seed gives the same result again", min=0, default=0
    )


CLASSES = (StylizeScene,)
