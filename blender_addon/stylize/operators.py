# SPDX-License-Identifier: GPL-3.0-or-later
"""Preview and Stylize, and what happens when they are done."""

from typing import TYPE_CHECKING, Any

import bpy

from .. import shared
from ..pair.check import trouble
from ..process import runner
from ..process.operators import JobOperator, refuse_polygons, start_job
from ..styles import shelf
from ..words import refuse, said, tell

if TYPE_CHECKING:
    from ..process.slices import Work
    from ..shared import protocol


class PairJob(JobOperator):
    """A job on the scene's pair."""

    kind = ""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return refuse(cls, trouble(context)) and super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        from ..bind.topology import binding_path
        from ..pair.check import check_scene
        from ..styles.library import LibraryError
        from .pair_arrays import pair_arrays

        check_scene(context)  # the artist may have sculpted since
        findings = context.scene.onesculpt.pair.findings
        if findings:
            tell(self, "ERROR", findings[0].message, findings[0].remedy)
            return {"CANCELLED"}
        pair = context.scene.onesculpt.pair
        binding = binding_path(pair.neutral) if pair.foreign else ""
        try:
            settings = self.settings(context, binding)
            arrays = pair_arrays(context.scene)
        except (LibraryError, OSError) as error:
            tell(self, "ERROR", said(error))
            return {"CANCELLED"}
        except ValueError as error:
            return refuse_polygons(self, error)
        return start_job(self, context, self.kind, settings, self._client(context), arrays)

    def _client(self, context: bpy.types.Context) -> dict[str, Any]:
        """What the result is for, with the settings as they are now."""
        pair, wanted = context.scene.onesculpt.pair, context.scene.onesculpt.stylize
        settings = {"name": wanted.name, "preset": wanted.preset, "seed": wanted.seed, "face": "own"}
        return {
            "handler": "stylize.rig",
            "styled": pair.styled.name,
            "name": wanted.name,
            "settings": settings,
        }


class ONESCULPT_OT_preview(PairJob):
    """A rig within seconds, by carrying the expressions over; good to see whether the sculpt works"""

    bl_idname = "onesculpt.preview"
    bl_label = "Preview"
    kind = "preview"

    def settings(self, context: bpy.types.Context, binding: str) -> "protocol.Settings":
        return shared.protocol.PreviewSettings(context.scene.onesculpt.stylize.name, binding)


class ONESCULPT_OT_stylize(PairJob):
    """Train the style on the pair, and make the rig; you can go on working meanwhile"""

    bl_idname = "onesculpt.stylize"
    bl_label = "Stylize"
    kind = "stylize"

    def settings(self, context: bpy.types.Context, binding: str) -> "protocol.Settings":
        from ..styles.library import free_path

        wanted, folder = context.scene.onesculpt.stylize, shelf.folder(context)
        folder.mkdir(parents=True, exist_ok=True)
        return shared.protocol.StylizeSettings(
            name=wanted.name,
            preset=wanted.preset,
            seed=wanted.seed,
            device=wanted.device or "auto",
            style_path=str(free_path(folder, wanted.name)),
            binding_path=binding,
        )


def _take_rig(context: bpy.types.Context, delivery: runner.Delivery) -> "Work[None]":
    """Make the pair's rig, or update the one that an earlier run made."""
    from mathutils import Vector

    from ..pair.room import free_spot
    from ..rig.build import place_rig
    from ..rig.data import rig_from_arrays
    from .live import remove_preview

    data = rig_from_arrays(delivery.arrays, unit=context.scene.unit_settings.scale_length)
    yield from data.preparing()
    name, sculpt = delivery.client["name"], bpy.data.objects.get(delivery.client["styled"])
    remove_preview(delivery.client["styled"])
    item, made = place_rig(
        context, name, data, {**delivery.meta, "settings": delivery.client.get("settings", {})}, sculpt
    )
    if made and sculpt is not None:
        step = Vector((1.3 * max(sculpt.dimensions.x, 0.1), 0, 0))
        item.parent.location = free_spot(context.scene, item, sculpt.matrix_world.translation + step, step)
        if context.region_data is not None:
            bpy.ops.view3d.view_selected()  # it may lie behind the sidebar
    if delivery.meta.get("style"):
        shelf.refresh_soon(context, delivery.meta["style"])


def _show_preview(context: bpy.types.Context, delivery: runner.Delivery) -> None:
    from .curve_icon import show_curve
    from .live import show_preview

    totals = runner.session.job.losses.get("total")
    if totals:
        show_curve([value for _, value in totals])
    show_preview(context, delivery)


CLASSES = (ONESCULPT_OT_preview, ONESCULPT_OT_stylize)


def register() -> None:
    runner.HANDLERS["stylize.rig"] = _take_rig
    runner.PREVIEWS["stylize.rig"] = _show_preview


def unregister() -> None:
    from . import curve_icon

    curve_icon.close()
