# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about an object's binding."""

import bpy


class BindObject(bpy.types.PropertyGroup):
    """The binding of a mesh to the base head, or of which mesh this is the coloured copy or a landmark."""

    path: bpy.props.StringProperty(description="The file that keeps the binding")
    mean: bpy.props.FloatProperty(description="Distance from the base head in millimetres", options={"HIDDEN"})
    p95: bpy.props.FloatProperty(options={"HIDDEN"})
    largest: bpy.props.FloatProperty(options={"HIDDEN"})
    of: bpy.props.StringProperty(description="The mesh whose copy or landmark this is")
    landmark: bpy.props.StringProperty(description="Which landmark this is")
    found: bpy.props.FloatVectorProperty(size=3, options={"HIDDEN"}, description="Where the landmark was put")
    placed: bpy.props.BoolProperty(options={"HIDDEN"}, description="The artist has placed it")
