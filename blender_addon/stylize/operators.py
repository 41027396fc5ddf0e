# SPDX-License-Identifier: GPL-3.0-or-later
"""Preview and Stylize, and what happens when they are done."""

from typing import TYPE_CHECKING

import bpy

from .. import shared
from ..pair.check import check_scene, trouble
from ..pair.scene import free_spot, look_at_selected
from ..process.actions import JobAction
from ..process.session import Delivery, session
from ..process.slices import Work
from ..styles import shelf
from ..words import UserError

if TYPE_CHECKING:
    from ..shared import protocol


class PairJob(JobAction):
    """A job on the scene's pair."""

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return trouble(context) or super().refusal(context)

    def carry_out(self, context: bpy.types.Context) -> None:
        from ..bind.topology import binding_path
        from ..pair.meshes import metres, padded_polygons

        check_scene(context)  # the artist may have sculpted since
        pair, wanted = context.scene.onesculpt.pair, context.scene.onesculpt.stylize
        for finding in pair.findings:
            raise UserError(finding.message, finding.remedy)
        settings = self.settings(context, binding_path(pair.neutral) if pair.foreign else "")
        chosen = {"name": wanted.name, "preset": wanted.preset, "seed": wanted.seed, "face": "own"}
        client = {"handler": "stylize.rig", "styled": pair.styled.name, "name": wanted.name, "settings": chosen}
        arrays = {name: metres(getattr(pair, name), context.scene) for name in ("neutral", "styled")}
        self.start(context, settings, client, arrays | {"faces": padded_polygons(pair.neutral.data)})


class ONESCULPT_OT_preview(PairJob):
    """A rig within seconds, by carrying the expressions over; good to see whether the sculpt works"""

    bl_label = "Preview"

    def settings(self, context: bpy.types.Context, binding: str) -> "protocol.Settings":
        return shared.protocol.PreviewSettings(context.scene.onesculpt.stylize.name, binding)


class ONESCULPT_OT_stylize(PairJob):
    """Train the style on the pair, and make the rig; you can go on working meanwhile"""

    bl_label = "Stylize"

    def settings(self, context: bpy.types.Context, binding: str) -> "protocol.Settings":
        wanted = context.scene.onesculpt.stylize
        return shared.protocol.StylizeSettings(
            name=wanted.name,
            preset=wanted.preset,
            seed=wanted.seed,
            device=wanted.device or "auto",
            style_path=shelf.new_path(context, wanted.name),
            binding_path=binding,
        )


def _take_rig(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """Make the pair's rig, or update the one that an earlier run made."""
    from mathutils import Vector

    from ..rig.build import taking_rig
    from .live import remove_preview

    client = delivery.client
    item, made = yield from taking_rig(context, delivery, client["name"], client.get("settings", {}), client["styled"])
    remove_preview(client["styled"])
    sculpt = bpy.data.objects.get(client["styled"])
    if made and sculpt is not None:
        step = Vector((1.3 * max(sculpt.dimensions.x, 0.1), 0, 0))
        item.parent.location = free_spot(context.scene, item, sculpt.matrix_world.translation + step, step)
        look_at_selected(context)
    if delivery.meta.get("style"):
        shelf.refresh_soon(context, delivery.meta["style"])


def _show_preview(context: bpy.types.Context, delivery: Delivery) -> None:
    from .curve_icon import show_curve
    from .live import show_preview

    totals = session.job.losses.get("total")
    if totals:
        show_curve([value for _, value in totals])
    show_preview(context, delivery)


HANDLERS = {"stylize.rig": _take_rig}
PREVIEWS = {"stylize.rig": _show_preview}


def unregister() -> None:
    from . import curve_icon

    curve_icon.close()
