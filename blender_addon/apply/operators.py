# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a style, and what happens with the rigs that come back."""

import bpy

from ..process import runner
from ..process.operators import JobOperator, start_job
from ..shared import protocol
from ..styles import shelf


def heads(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected meshes that are neutral heads."""
    return [item for item in context.selected_objects if item.type == "MESH" and item.onesculpt.role != "RIG"]


class ApplyJob(JobOperator):
    """A job with the picked style."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if shelf.chosen(context) is None:
            cls.poll_message_set("Open the library in the Styles section and pick a style")
            return False
        return super().poll(context)


class ONESCULPT_OT_apply_selected(ApplyJob):
    """Give the style to all selected neutral heads; rigs that exist are updated in place"""

    bl_idname = "onesculpt.apply_selected"
    bl_label = "To Selected Heads"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not heads(context):
            cls.poll_message_set("Select neutral heads in the pair's topology")
            return False
        return super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .head_arrays import head_arrays

        chosen, path = heads(context), shelf.chosen(context)
        names = tuple(f"{item.name} {path.stem}"[:60] for item in chosen)
        try:
            arrays = head_arrays(context.scene, chosen)
        except ValueError as error:
            self.report({"ERROR"}, f"{error} Turn them into quads first")
            return {"CANCELLED"}
        client = {"handler": "apply.rigs", "names": names, "heads": [item.name for item in chosen]}
        settings = protocol.ApplySettings(str(path), names)
        return start_job(self, context, protocol.Kind.APPLY, settings, client, arrays)


class ONESCULPT_OT_apply_random(ApplyJob):
    """Give the style to random people"""

    bl_idname = "onesculpt.apply_random"
    bl_label = "To Random People"

    def execute(self, context: bpy.types.Context) -> set[str]:
        wanted, path = context.scene.onesculpt.apply, shelf.chosen(context)
        names = [f"{path.stem} {wanted.seed + number}" for number in range(wanted.count)]
        settings = protocol.ApplySettings(str(path), random=wanted.count, seed=wanted.seed)
        client = {"handler": "apply.rigs", "names": names, "heads": []}
        return start_job(self, context, protocol.Kind.APPLY, settings, client)


def _take_rigs(context: bpy.types.Context, delivery: runner.Delivery) -> None:
    from .take import take_rigs

    take_rigs(context, delivery)


CLASSES = (ONESCULPT_OT_apply_selected, ONESCULPT_OT_apply_random)


def register() -> None:
    runner.HANDLERS["apply.rigs"] = _take_rigs
