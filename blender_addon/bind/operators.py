# SPDX-License-Identifier: GPL-3.0-or-later
"""Binding the pair's neutral head, and what happens with the answer."""

import bpy

from .. import shared
from ..actions import Action
from ..pair.check import no_neutral
from ..pair.scene import look_at_selected, select_only, selection_kept
from ..process.actions import JobAction
from ..process.session import Delivery
from ..process.slices import Work


class ONESCULPT_OT_bind(JobAction):
    """Find the face in this mesh, and bind every vertex to the base head; landmarks that you have moved are kept to"""

    bl_label = "Bind"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return no_neutral(context) or super().refusal(context)

    def carry_out(self, context: bpy.types.Context) -> None:
        import numpy as np

        from ..frame import from_blender
        from ..pair import meshes
        from .copy import placed_landmarks
        from .topology import binding_path

        scene, item = context.scene, context.scene.onesculpt.pair.neutral
        arrays = {"vertices": meshes.metres(item, scene), "faces": meshes.padded_polygons(item.data)}
        placed = placed_landmarks(context, item)
        if placed:
            arrays["landmarks"] = from_blender(np.array(list(placed.values()))) * np.float32(
                scene.unit_settings.scale_length
            )
        settings = shared.protocol.BindSettings(item.name, binding_path(item), tuple(placed))
        self.start(context, settings, {"handler": "bind.face", "mesh": item.name}, arrays)


class ONESCULPT_OT_put_away_binding(Action):
    """Remove the coloured copy and its landmarks; the binding stays"""

    bl_label = "Put Away"
    bl_options = {"REGISTER", "UNDO"}

    def carry_out(self, context: bpy.types.Context) -> None:
        from .copy import put_away

        if context.scene.onesculpt.pair.neutral is not None:
            put_away(context.scene.onesculpt.pair.neutral)
        _draw_lines(context, shown=True)


def _draw_lines(context: bpy.types.Context, *, shown: bool) -> None:
    """Blender draws a line from each landmark to the copy, which hides the face."""
    if context.space_data is not None and context.space_data.type == "VIEW_3D":
        context.space_data.overlay.show_relationship_lines = shown


def _take_binding(context: bpy.types.Context, delivery: Delivery) -> Work[None]:
    """Keep the numbers on the mesh, and show the rest on a copy beside it."""
    from ..process.arrays import BadArrays
    from .copy import show_binding

    yield
    item = bpy.data.objects.get(delivery.client["mesh"])
    if item is None:
        raise BadArrays("The mesh has changed since Bind was pressed.")
    copy = show_binding(context, item, delivery)
    _draw_lines(context, shown=False)
    own, residual = item.onesculpt.bind, delivery.meta["residual"]
    own.path = str(delivery.meta["binding"])
    own.mean, own.p95, own.largest = residual["mean_mm"], residual["p95_mm"], residual["max_mm"]
    with selection_kept(context):
        select_only(context, copy)
        look_at_selected(context)


HANDLERS = {"bind.face": _take_binding}
