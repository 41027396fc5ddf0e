# SPDX-License-Identifier: GPL-3.0-or-later
"""What is set once per machine: where the backend's Python is, where styles are kept."""

import bpy

from .package import NAME


class OnesculptPreferences(bpy.types.AddonPreferences):
    """Shown in Blender's preferences, and in part by the Backend section."""

    bl_idname = NAME

    python: bpy.props.StringProperty(
        name="Python",
        description="The Python interpreter that the backend runs in; an environment that has its packages",
        subtype="FILE_PATH",
    )
    environment: bpy.props.StringProperty(
        name="Environment",
        description="Folder in which the backend's own environment is built, about 5 GB; empty: beside Blender's own user files",
        subtype="DIR_PATH",
    )
    wheels: bpy.props.StringProperty(
        name="Wheel folder",
        description="Folder of downloaded packages; with it the environment is built without a network",
        subtype="DIR_PATH",
    )
    library: bpy.props.StringProperty(
        name="Style library",
        description="Folder in which your styles are kept; empty: beside Blender's own user files",
        subtype="DIR_PATH",
    )
    devices: bpy.props.StringProperty(options={"HIDDEN"}, description="Devices that the last check found")
    models: bpy.props.StringProperty(options={"HIDDEN"}, description="Head models that the last check found, as JSON")
    card: bpy.props.StringProperty(options={"HIDDEN"}, description="The graphics card that the last check found")

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        for name in ("python", "environment", "wheels", "library"):
            layout.prop(self, name)
