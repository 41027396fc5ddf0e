# SPDX-License-Identifier: GPL-3.0-or-later
"""Import of a recorded face."""

from pathlib import Path

import bpy

from ..expressions.operators import SliderOperator
from ..expressions.sliders import keys_of, rig_of


class ONESCULPT_OT_import_motion(SliderOperator):
    """Animate the face from a Live Link Face or MediaPipe-style CSV file"""

    bl_idname = "onesculpt.import_motion"
    bl_label = "Import Motion"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})
    rate: bpy.props.FloatProperty(
        name="Recorded Rate",
        description="Frames a second that the recorder's timecode counts",
        default=60,
        min=1,
    )
    start: bpy.props.FloatProperty(name="First Frame", description="Where the motion starts", default=1)
    smooth: bpy.props.IntProperty(
        name="Smoothing",
        description="Recorded frames to either side that are averaged",
        default=0,
        min=0,
        max=30,
    )
    head: bpy.props.BoolProperty(name="Head Bone", description="Turn the head as recorded", default=True)
    eyes: bpy.props.BoolProperty(
        name="Eye Bones",
        description="Turn the eye bones too; leave off where the gaze sliders are recorded, or it counts twice",
        default=False,
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .action import write_actions
        from .recording import BadRecording, match_columns, read_recording

        item, path = rig_of(context), Path(bpy.path.abspath(self.filepath))
        try:
            recording = read_recording(path, self.rate)
        except BadRecording as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        matches = match_columns(recording.columns, [key.name for key in keys_of(item)])
        if not matches:
            self.report({"ERROR"}, f"No column of “{path.name}” has the name of a slider. Rename its columns")
            return {"CANCELLED"}
        bones = [*(["head"] if self.head else []), *(["eye_l", "eye_r"] if self.eyes else [])]
        write_actions(
            context, item, recording, matches, path.stem, start=self.start, smooth=self.smooth, bones=bones
        )
        left_out = [column for column in recording.columns if column not in matches]
        self.report({"INFO"}, f"{len(recording.times)} frames on {len(matches)} sliders")
        if left_out:
            self.report({"WARNING"}, f"Columns without a slider: {', '.join(left_out[:8])}")
        return {"FINISHED"}


CLASSES = (ONESCULPT_OT_import_motion,)
