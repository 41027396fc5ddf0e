# SPDX-License-Identifier: GPL-3.0-or-later
"""Import of a recorded face."""

from pathlib import Path

import bpy

from ..expressions.operators import SliderOperator
from ..expressions.sliders import keys_of, rig_of
from ..words import Phrase, refuse, said, tell

SHOWN_NAMES = 8


class ONESCULPT_OT_choose_motion(SliderOperator):
    """Choose a CSV file of Live Link Face, or one with MediaPipe's expressions; its names are shown first"""

    bl_idname = "onesculpt.choose_motion"
    bl_label = "Choose Recording"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        wanted = context.scene.onesculpt.motion
        wanted.filepath = self.filepath
        if wanted.trouble:
            tell(self, "ERROR", wanted.trouble)
            return {"CANCELLED"}
        return {"FINISHED"}


class ONESCULPT_OT_import_motion(SliderOperator):
    """Animate the face from the chosen recording"""

    bl_idname = "onesculpt.import_motion"
    bl_label = "Import Motion"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not context.scene.onesculpt.motion.filepath:
            return refuse(cls, "Choose a recording first")
        return super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .action import write_actions
        from .recording import BadRecording, read_recording

        item, wanted = rig_of(context), context.scene.onesculpt.motion
        path = Path(bpy.path.abspath(wanted.filepath))
        try:
            recording = read_recording(path, wanted.rate)
        except BadRecording as error:
            tell(self, "ERROR", said(error))
            return {"CANCELLED"}
        sliders = {key.name for key in keys_of(item)}
        matches = {row.name: row.key for row in wanted.columns if row.key in sliders}
        matches = {column: key for column, key in matches.items() if column in recording.columns}
        if not matches:
            tell(
                self,
                "ERROR",
                Phrase("No column of “{file}” moves a slider. Pick one for each column", file=path.name),
            )
            return {"CANCELLED"}
        if len(set(matches.values())) < len(matches):
            tell(self, "ERROR", "Two columns move the same slider. Pick another one for one of them")
            return {"CANCELLED"}
        bones = [*(["head"] if wanted.head else []), *(["eye_l", "eye_r"] if wanted.eyes else [])]
        write_actions(
            context,
            item,
            recording,
            matches,
            path.stem,
            start=wanted.start,
            smooth=wanted.smooth,
            bones=bones,
        )
        frames = Phrase(
            "{frames} frames on {sliders} sliders", frames=len(recording.times), sliders=len(matches)
        )
        tell(self, "INFO", frames)
        left_out = [column for column in recording.columns if column not in matches]
        if left_out:
            names = ", ".join(left_out[:SHOWN_NAMES])
            tell(self, "WARNING", Phrase("Columns without a slider: {names}", names=names))
        return {"FINISHED"}


CLASSES = (ONESCULPT_OT_choose_motion, ONESCULPT_OT_import_motion)
