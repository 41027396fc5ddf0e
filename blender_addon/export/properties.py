# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the rig goes, and how its keys are called there."""

import bpy

TARGETS = {"UNITY": ("FBX", "ARKIT"), "UNREAL": ("FBX", "CAPITAL"), "VRM": ("GLB", "CAPITAL"), "WEB": ("GLB", "ARKIT")}
"""Format and naming that each program's users need."""


def _choose(self: "ExportScene", _context: bpy.types.Context) -> None:
    if self.target in TARGETS:
        self.format, self.naming = TARGETS[self.target]


class ExportScene(bpy.types.PropertyGroup):
    """Settings of the Export section."""

    target: bpy.props.EnumProperty(
        name="For",
        items=[
            ("OWN", "Own settings", "Choose format and naming yourself"),
            ("UNITY", "Unity", "FBX with Apple's names"),
            ("UNREAL", "Unreal", "FBX with the capitalised names of Live Link"),
            ("VRM", "VRM", "GLB with the capitalised names of perfect sync"),
            ("WEB", "Web", "GLB with Apple's names"),
        ],
        update=_choose,
    )
    format: bpy.props.EnumProperty(
        name="Format", items=[("GLB", "glTF", ".glb"), ("FBX", "FBX", ".fbx"), ("USD", "USD", ".usdc")]
    )
    naming: bpy.props.EnumProperty(
        name="Names",
        items=[
            ("ARKIT", "mouthSmileLeft", "Apple's names"),
            ("SHORT", "mouthSmile_L", "Sides as _L and _R"),
            ("CAPITAL", "MouthSmileLeft", "With a capital letter"),
            ("TABLE", "Own table", "From a text in this file: one line per key, ours,theirs"),
        ],
    )
    table: bpy.props.PointerProperty(name="Table", type=bpy.types.Text)
    animation: bpy.props.BoolProperty(
        name="With animation", description="Write the keys' and the bones' movement, drivers included", default=True
    )
    correctives: bpy.props.BoolProperty(
        name="Corrective keys",
        description="Also write the keys that other keys drive; leave off for engines that take 52 only",
        default=False,
    )
