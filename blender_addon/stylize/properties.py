# SPDX-License-Identifier: GPL-3.0-or-later
"""How the pair shall be trained."""

import bpy

_DEVICES = (
    ("auto", "Automatic", "The graphics card where there is one, else the processor"),
    ("cpu", "Processor", "Works on every machine"),
    ("cuda", "NVIDIA card", "The image encoder runs on the graphics card"),
    ("mps", "Apple chip", "The image encoder runs on the graphics chip"),
)


def _devices(_self: object, context: bpy.types.Context | None) -> list[tuple[str, str, str, str, int]]:
    """The devices that the last check of the backend found; their numbers stay what they are."""
    from ..package import preferences

    there = preferences(context).devices.split() if context else []
    return [
        (*device, "NONE", number) for number, device in enumerate(_DEVICES) if device[0] == "auto" or device[0] in there
    ]


class StylizeScene(bpy.types.PropertyGroup):
    """Settings of the Stylize section."""

    name: bpy.props.StringProperty(name="Name", description="Name of the style and of its face", default="My style")
    preset: bpy.props.EnumProperty(
        name="Quality",
        items=[
            ("draft", "Draft", "A minute or so: to see whether the sculpt works"),
            ("standard", "Standard", "A few minutes: what you usually want"),
            ("final", "Final", "Longer: the last bit of quality"),
        ],
        default="standard",
    )
    seed: bpy.props.IntProperty(name="Seed", description="The same seed gives the same result again", min=0, default=0)
    device: bpy.props.EnumProperty(
        name="Device", description="What computes, among those that this machine has", items=_devices
    )
