# SPDX-License-Identifier: GPL-3.0-or-later
"""Blending two styles: a face with a slider between them, then a style of its own."""

from pathlib import Path

import bpy

from .. import shared
from ..expressions.sliders import rig_of
from ..process.actions import JobAction
from ..process.session import Delivery, session
from ..process.slices import Work
from . import shelf


class ONESCULPT_OT_blend_styles(JobAction):
    """Make a face with a slider that runs from one style to the other"""

    bl_label = "Blend with a Slider"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        first, second = shelf.chosen(context), shelf.chosen(context, "second")
        if first is None or second is None or first == second:
            return "Pick two different styles"
        return super().refusal(context)

    def carry_out(self, context: bpy.types.Context) -> None:
        first, second = shelf.chosen(context), shelf.chosen(context, "second")
        settings = shared.protocol.BlendSettings(str(first), str(second))
        client = {"handler": "styles.blend", "first": str(first), "second": str(second)}
        self.start(context, settings, client)


class ONESCULPT_OT_keep_blend(JobAction):
    """Save the blend as a style of its own, and make this face's keys exactly"""

    bl_label = "Keep as a Style"

    name: bpy.props.StringProperty(name="Name", options={"SKIP_SAVE"})

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        item = rig_of(context)
        if item is None or not item.onesculpt.blend.first:
            return "Select a blended face"
        return super().refusal(context)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.name = rig_of(context).name
        return context.window_manager.invoke_props_dialog(self)

    def carry_out(self, context: bpy.types.Context) -> None:
        item = rig_of(context)
        own, path = item.onesculpt.blend, shelf.new_path(context, self.name or item.name)
        settings = shared.protocol.BlendSettings(own.first, own.second, own.amount, Path(path).stem, path)
        self.start(context, settings, {"handler": "styles.kept", "rig": item.name})


def _take_blend(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """A face half-way between the ends, with its slider."""
    from ..rig.build import place_rig
    from . import blending

    first, second = (Path(delivery.client[name]) for name in ("first", "second"))
    result = str(session.job.folder.result)
    ends = blending.ends_from(delivery.arrays, context.scene.unit_settings.scale_length)
    blending.remember(result, ends)
    facts, data = {**delivery.meta, "settings": {"face": "own"}}, blending.between(ends, 0.5)
    yield from data.preparing()
    item, _ = place_rig(context, f"{first.stem} + {second.stem}"[:60], data, facts)
    own = item.onesculpt.blend
    own.first, own.second, own.result = str(first), str(second), result
    own.amount = 0.5


def _take_kept(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """The face as the new style makes it."""
    from ..rig.build import taking_rig

    yield from taking_rig(context, delivery, delivery.client["rig"], {"face": "own"})
    shelf.refresh_soon(context, delivery.meta["style"])


HANDLERS = {"styles.blend": _take_blend, "styles.kept": _take_kept}
