# SPDX-License-Identifier: GPL-3.0-or-later
"""Blending two styles: a face with a slider between them, then a style of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .. import shared
from ..expressions.sliders import rig_of
from ..process import runner
from ..process.operators import JobOperator, start_job
from ..words import refuse, said, tell
from . import shelf

if TYPE_CHECKING:
    from ..process.slices import Work


class ONESCULPT_OT_blend_styles(JobOperator):
    """Make a face with a slider that runs from one style to the other"""

    bl_idname = "onesculpt.blend_styles"
    bl_label = "Blend with a Slider"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        first, second = shelf.chosen(context), shelf.chosen(context, "second")
        if first is None or second is None or first == second:
            return refuse(cls, "Pick two different styles")
        return super().poll(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        first, second = shelf.chosen(context), shelf.chosen(context, "second")
        settings = shared.protocol.BlendSettings(str(first), str(second))
        client = {"handler": "styles.blend", "first": str(first), "second": str(second)}
        return start_job(self, context, "blend", settings, client)


class ONESCULPT_OT_keep_blend(JobOperator):
    """Save the blend as a style of its own, and make this face's keys exactly"""

    bl_idname = "onesculpt.keep_blend"
    bl_label = "Keep as a Style"

    name: bpy.props.StringProperty(name="Name", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        item = rig_of(context)
        if item is None or not item.onesculpt.blend.first:
            return refuse(cls, "Select a blended face")
        return super().poll(context)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.name = rig_of(context).name
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .library import LibraryError, free_path

        item, folder = rig_of(context), shelf.folder(context)
        own = item.onesculpt.blend
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = free_path(folder, self.name or item.name)
        except (LibraryError, OSError) as error:
            tell(self, "ERROR", said(error))
            return {"CANCELLED"}
        settings = shared.protocol.BlendSettings(own.first, own.second, own.amount, path.stem, str(path))
        client = {"handler": "styles.kept", "rig": item.name}
        return start_job(self, context, "blend", settings, client)


def _take_blend(context: bpy.types.Context, delivery: runner.Delivery) -> "Work[None]":
    """A face half-way between the ends, with its slider."""
    from ..rig.build import place_rig
    from . import blending

    first, second = (Path(delivery.client[name]) for name in ("first", "second"))
    result = str(runner.session.job.folder.result)
    ends = blending.ends_from(delivery.arrays, context.scene.unit_settings.scale_length)
    blending.remember(result, ends)
    facts, data = {**delivery.meta, "settings": {"face": "own"}}, blending.between(ends, 0.5)
    yield from data.preparing()
    item, _ = place_rig(context, f"{first.stem} + {second.stem}"[:60], data, facts)
    own = item.onesculpt.blend
    own.first, own.second, own.result = str(first), str(second), result
    own.amount = 0.5


def _take_kept(context: bpy.types.Context, delivery: runner.Delivery) -> "Work[None]":
    """The face as the new style makes it."""
    from ..rig.build import place_rig
    from ..rig.data import rig_from_arrays

    data = rig_from_arrays(delivery.arrays, unit=context.scene.unit_settings.scale_length)
    yield from data.preparing()
    place_rig(context, delivery.client["rig"], data, {**delivery.meta, "settings": {"face": "own"}})
    shelf.refresh_soon(context, delivery.meta["style"])


CLASSES = (ONESCULPT_OT_blend_styles, ONESCULPT_OT_keep_blend)


def register() -> None:
    runner.HANDLERS.update({"styles.blend": _take_blend, "styles.kept": _take_kept})
