# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the Pair section that binds a head of another topology."""

import bpy

from ..process.panel import draw_job, draw_text
from ..words import Phrase

GOOD = 0.6
"""Millimetres below which 95 % of a good binding lie."""


def draw_bind(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Say that the neutral head has to be bound, how well it is, and how to mend it."""
    pair = context.scene.onesculpt.pair
    item = pair.neutral
    if item is None or not pair.foreign:
        return
    own, box = item.onesculpt.bind, layout.box()
    if not own.mean:
        text = "This head has a topology of its own: it gets bound to the base head. Bind shows how well"
        draw_text(box, context, text, icon="INFO")
        box.operator("onesculpt.bind", icon="LINKED")
        draw_job(box, context, "bind")
        return
    good = own.p95 <= GOOD
    verdict = "Bound well" if good else "Bound, but not everywhere"
    draw_text(box, context, verdict, icon="CHECKMARK" if good else "ERROR")
    text = "Distance from the base head: mean {mean:.2f} mm, 95 % below {p95:.2f} mm, largest {most:.1f} mm"
    draw_text(box, context, Phrase(text, mean=own.mean, p95=own.p95, most=own.largest))
    shown = any(o.onesculpt.bind.of == item.name for o in context.scene.objects)
    if shown:
        draw_text(box, context, "Green lies on it, red from 1.5 mm off, grey is no skin")
        draw_text(box, context, "Drag a landmark to where it belongs, then press Bind Again")
        picked = context.object
        if picked is not None and picked.onesculpt.bind.landmark:
            box.label(text=picked.onesculpt.bind.landmark.replace("_", " "), icon="EMPTY_DATA", translate=False)
    row = box.row(align=True)
    row.operator("onesculpt.bind", text="Bind Again", icon="LINKED")
    if shown:
        row.operator("onesculpt.put_away_binding", icon="X")
    draw_job(box, context, "bind")
