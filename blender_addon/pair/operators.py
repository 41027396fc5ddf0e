# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Pair section."""

from typing import TYPE_CHECKING

import bpy

from .. import shared
from ..process import runner
from ..process.operators import JobOperator, start_job
from ..words import refuse

if TYPE_CHECKING:
    from ..process.slices import Work


class ONESCULPT_OT_add_base_head(JobOperator):
    """Add a clean neutral head to sculpt on: quads, UVs, in metres, with identity sliders"""

    bl_idname = "onesculpt.add_base_head"
    bl_label = "Add Base Head"

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .head import SLIDERS

        pair = context.scene.onesculpt.pair
        settings = shared.protocol.IdentitiesSettings(
            model="" if pair.model in {"", "DEFAULT"} else pair.model,
            count=int(pair.identity == "RANDOM"), seed=pair.seed, components=SLIDERS
        )
        return start_job(self, context, "identities", settings, {"handler": "pair.base_head"})


class ONESCULPT_OT_start_sculpt(bpy.types.Operator):
    """Make the styled copy beside the neutral head, and open it in Sculpt mode"""

    bl_idname = "onesculpt.start_sculpt"
    bl_label = "Start Sculpt"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.onesculpt.pair.neutral is None:
            return refuse(cls, "Add a base head, or pick a neutral head")
        return context.mode == "OBJECT" or refuse(cls, "Leave Sculpt or Edit mode first")

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .head import start_sculpt

        start_sculpt(context, context.scene.onesculpt.pair.neutral)
        bpy.ops.object.mode_set(mode="SCULPT")
        return {"FINISHED"}


class ONESCULPT_OT_continue_sculpt(bpy.types.Operator):
    """Open the sculpt in Sculpt mode again"""

    bl_idname = "onesculpt.continue_sculpt"
    bl_label = "Continue Sculpting"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        styled = context.scene.onesculpt.pair.styled
        return context.mode == "OBJECT" and styled is not None and styled.visible_get()

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .head import select_only

        select_only(context, context.scene.onesculpt.pair.styled)
        bpy.ops.object.mode_set(mode="SCULPT")
        return {"FINISHED"}


class ONESCULPT_OT_check_pair(bpy.types.Operator):
    """Look at the pair again"""

    bl_idname = "onesculpt.check_pair"
    bl_label = "Check the Pair"

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .check import check_scene

        check_scene(context)
        return {"FINISHED"}


class ONESCULPT_OT_mend_pair(bpy.types.Operator):
    """Mend this on a copy; the original stays as it is, hidden"""

    bl_idname = "onesculpt.mend_pair"
    bl_label = "Mend"
    bl_options = {"REGISTER", "UNDO"}

    subject: bpy.props.StringProperty(options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.mode == "OBJECT" or refuse(cls, "Leave Sculpt or Edit mode first")

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .mend import mend

        mend(context, self.subject)
        return {"FINISHED"}


def _add_base_head(context: bpy.types.Context, delivery: runner.Delivery) -> "Work[None]":
    from .head import add_base_head

    yield
    add_base_head(context, delivery)
    if context.region_data is not None:
        bpy.ops.view3d.view_selected()


CLASSES = (
    ONESCULPT_OT_add_base_head,
    ONESCULPT_OT_start_sculpt,
    ONESCULPT_OT_continue_sculpt,
    ONESCULPT_OT_check_pair,
    ONESCULPT_OT_mend_pair,
)


def register() -> None:
    runner.HANDLERS["pair.base_head"] = _add_base_head
