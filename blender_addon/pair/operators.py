# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the Pair section."""

import bpy

from .. import shared
from ..actions import Action
from ..process.actions import JobAction
from ..process.session import Delivery
from ..process.slices import Work
from .check import check_scene, no_neutral


class ONESCULPT_OT_add_base_head(JobAction):
    """Add a clean neutral head to sculpt on: quads, UVs, in metres, with identity sliders"""

    bl_label = "Add Base Head"

    def carry_out(self, context: bpy.types.Context) -> None:
        from .head import SLIDERS

        pair = context.scene.onesculpt.pair
        settings = shared.protocol.IdentitiesSettings(
            model="" if pair.model in {"", "DEFAULT"} else pair.model,
            count=int(pair.identity == "RANDOM"),
            seed=pair.seed,
            components=SLIDERS,
        )
        self.start(context, settings, {"handler": "pair.base_head"})


class PairAction(Action):
    """An action on the pair's objects, in Object mode."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return "" if context.mode == "OBJECT" else "Leave Sculpt or Edit mode first"


class ONESCULPT_OT_start_sculpt(PairAction):
    """Make the styled copy beside the neutral head, and open it in Sculpt mode"""

    bl_label = "Start Sculpt"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return no_neutral(context) or super().refusal(context)

    def carry_out(self, context: bpy.types.Context) -> None:
        from .head import start_sculpt

        start_sculpt(context, context.scene.onesculpt.pair.neutral)
        bpy.ops.object.mode_set(mode="SCULPT")


class ONESCULPT_OT_continue_sculpt(PairAction):
    """Open the sculpt in Sculpt mode again"""

    bl_label = "Continue Sculpting"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        styled = context.scene.onesculpt.pair.styled
        return styled is not None and styled.visible_get() and super().poll(context)

    def carry_out(self, context: bpy.types.Context) -> None:
        from .scene import select_only

        select_only(context, context.scene.onesculpt.pair.styled)
        bpy.ops.object.mode_set(mode="SCULPT")


class ONESCULPT_OT_check_pair(Action):
    """Look at the pair again"""

    bl_label = "Check the Pair"

    def carry_out(self, context: bpy.types.Context) -> None:
        check_scene(context)


class ONESCULPT_OT_mend_pair(PairAction):
    """Mend this on a copy; the original stays as it is, hidden"""

    bl_label = "Mend"

    subject: bpy.props.StringProperty(options={"HIDDEN"})

    def carry_out(self, context: bpy.types.Context) -> None:
        from .mend import mend

        mend(context, self.subject)


def _add_base_head(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    from .head import add_base_head
    from .scene import look_at_selected

    yield
    add_base_head(context, delivery)
    look_at_selected(context)


HANDLERS = {"pair.base_head": _add_base_head}
