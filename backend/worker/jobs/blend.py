# SPDX-License-Identifier: GPL-3.0-or-later
"""A style between two styles: saved with its rig, or the two ends for a slider that runs between them."""

from dataclasses import replace

from backend.export.rig_npz import rig_arrays
from backend.export.rig_sheet import thumbnail
from backend.morphable_model import model_for
from backend.pipeline.blend import blend_styles
from backend.pipeline.styled_face import StyledFace, styled_pair
from backend.pipeline.styler import Styler
from backend.protocol import BlendSettings, Event
from backend.style.style import Style
from backend.style.style_file import load_style, save_style
from backend.worker.context import JobContext

from . import Outcome


def blend(settings: BlendSettings, context: JobContext) -> Outcome:
    """Save the blend and give its rig; without a path the rigs of both ends, as ``first.…`` and ``second.…``.

    All rigs have their rows in the order of the first style's file, so that one can become the other.
    """
    context.report(Event(stage="Reading the style", step=0, steps=3))
    first, second = (load_style(path) for path in (settings.first_path, settings.second_path))
    meta = {"model": first.model_name, "topology": first.topology_hash, "style": settings.style_path}
    if settings.style_path:
        context.report(Event(stage="Blending the styles", step=1, steps=3))
        style = blend_styles(first, second, settings.amount, settings.name)
        context.report(Event(stage="Making the rig", step=2, steps=3))
        face = _own_face(style)
        save_style(replace(style, thumbnail=thumbnail(face.in_model_order)), settings.style_path)
        return rig_arrays(face.rig), meta | {"metrics": style.metrics}
    blend_styles(first, second, 1.0)  # two that can't be mixed are refused before the artist pulls the slider
    arrays = {}
    for number, (end, amount) in enumerate((("first", 0.0), ("second", 1.0)), 1):
        context.report(Event(stage="Making the rig", step=number, steps=3))
        rig = _own_face(blend_styles(first, second, amount)).rig
        arrays |= {f"{end}.{name}": array for name, array in rig_arrays(rig).items()}
    return arrays, meta


def _own_face(style: Style) -> StyledFace:
    model = model_for(style.topology_hash, style.model_hash, style.model_name)
    return styled_pair(Styler(style, model), model)
