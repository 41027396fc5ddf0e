# SPDX-License-Identifier: GPL-3.0-or-later
"""Import of a recorded face."""

from pathlib import Path

import bpy

from ..actions import FileAction
from ..expressions.operators import RigAction
from ..expressions.sliders import keys_of, rig_of
from ..words import Phrase, UserError, tell

SHOWN_NAMES = 8


class ONESCULPT_OT_choose_motion(RigAction, FileAction):
    """Choose a CSV file of Live Link Face, or one with MediaPipe's expressions; its names are shown first"""

    bl_label = "Choose Recording"

    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    def carry_out(self, context: bpy.types.Context) -> None:
        wanted = context.scene.onesculpt.motion
        wanted.filepath = self.filepath
        if wanted.trouble:
            raise UserError(wanted.trouble)


class ONESCULPT_OT_import_motion(RigAction):
    """Animate the face from the chosen recording"""

    bl_label = "Import Motion"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        chosen = context.scene.onesculpt.motion.filepath
        return super().refusal(context) if chosen else "Choose a recording first"

    def carry_out(self, context: bpy.types.Context) -> None:
        from .action import write_actions
        from .recording import read_recording

        item, wanted = rig_of(context), context.scene.onesculpt.motion
        path = Path(bpy.path.abspath(wanted.filepath))
        recording = read_recording(path, wanted.rate)
        sliders = {key.name for key in keys_of(item)}
        matches = {row.name: row.key for row in wanted.columns if row.key in sliders}
        matches = {column: key for column, key in matches.items() if column in recording.columns}
        if not matches:
            raise UserError("No column of “{file}” moves a slider. Pick one for each column", file=path.name)
        if len(set(matches.values())) < len(matches):
            raise UserError("Two columns move the same slider. Pick another one for one of them")
        bones = [*(["head"] if wanted.head else []), *(["eye_l", "eye_r"] if wanted.eyes else [])]
        laid = {"start": wanted.start, "smooth": wanted.smooth, "bones": bones}
        write_actions(context, item, recording, matches, path.stem, **laid)
        counts = {"frames": len(recording.times), "sliders": len(matches)}
        tell(self, "INFO", Phrase("{frames} frames on {sliders} sliders", **counts))
        left_out = [column for column in recording.columns if column not in matches]
        if left_out:
            names = ", ".join(left_out[:SHOWN_NAMES])
            tell(self, "WARNING", Phrase("Columns without a slider: {names}", names=names))
