# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded face to be imported: its file, which column moves which slider, and how it is laid down."""

import bpy


class MotionColumn(bpy.types.PropertyGroup):
    """One column of the recording; ``name`` is what its file calls it."""

    key: bpy.props.StringProperty(name="Slider", description="The slider that this column moves; empty: none")


def _file_chosen(_self: "MotionScene", context: bpy.types.Context) -> None:
    from .mapping import read_mapping

    read_mapping(context)


class MotionScene(bpy.types.PropertyGroup):
    """Settings of the Motion section."""

    filepath: bpy.props.StringProperty(
        name="Recording",
        description="A CSV file of Live Link Face, or a table like MediaPipe's with one column for each expression",
        subtype="FILE_PATH",
        update=_file_chosen,
    )
    columns: bpy.props.CollectionProperty(type=MotionColumn)
    turns: bpy.props.StringProperty(description="Bones whose turns are recorded", options={"HIDDEN"})
    trouble: bpy.props.StringProperty(options={"HIDDEN"})
    rate: bpy.props.FloatProperty(
        name="Recorded Rate", description="Frames a second that the recorder's timecode counts", default=60, min=1
    )
    start: bpy.props.FloatProperty(name="First Frame", description="Where the motion starts", default=1)
    smooth: bpy.props.IntProperty(
        name="Smoothing", description="Recorded frames to either side that are averaged", default=0, min=0, max=30
    )
    head: bpy.props.BoolProperty(name="Head Bone", description="Turn the head as recorded", default=True)
    eyes: bpy.props.BoolProperty(
        name="Eye Bones",
        description="Turn the eye bones too; leave off where the gaze sliders are recorded, or it counts twice",
        default=False,
    )
