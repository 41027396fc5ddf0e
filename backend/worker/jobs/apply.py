# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished style on other heads: those of the scene, or random people."""

from pathlib import Path
from typing import Any

from backend.errors import UserError
from backend.interchange import read_identity
from backend.morphable_model import load_default
from backend.pipeline import Styler
from backend.protocol import ApplySettings, Event
from backend.rig import Rig
from backend.style import load_style
from backend.worker.arrays import points, write_arrays
from backend.worker.context import JobContext
from backend.worker.rig_arrays import rig_arrays

from . import Outcome


def apply(settings: ApplySettings, context: JobContext) -> Outcome:
    """Rigs as ``rig_0.…``, ``rig_1.…``: first the request's heads, then ``random`` people."""
    count = len(settings.names) + settings.random
    if count == 0:
        raise UserError("There is no head to apply the style to.", "Select heads, or ask for random people.")
    context.report(Event(stage="Reading the style", steps=count))
    model = load_default()
    styler = Styler(load_style(settings.style_path, model), model)
    arrays: dict[str, Any] = {}
    requested = context.arrays()
    for number in range(count):
        context.report(Event(stage="Styling heads", step=number, steps=count))
        if number < len(settings.names):
            rig = _of_head(styler, requested, number, settings.names[number], context)
        else:
            rig = styler.random_rig(settings.seed + number - len(settings.names))
        arrays |= rig_arrays(rig, f"rig_{number}.")
    style = styler.style
    meta = {
        "model": style.model_name,
        "topology": style.topology_hash,
        "style": settings.style_path,
        "rigs": count,
    }
    return arrays, meta


def _of_head(styler: Styler, requested: dict[str, Any], number: int, name: str, context: JobContext) -> Rig:
    """The rig of one of the request's heads, ``head_N`` with ``faces_N``, checked as a file would be."""
    vertices = points(requested, f"head_{number}")
    path = context.path / f"head_{number}.npz"
    write_arrays(path, {"vertices": vertices, "faces": requested[f"faces_{number}"]})
    return styler.rig(read_identity(Path(path), load_default()), name)
