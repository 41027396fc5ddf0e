# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning a style with everything a person wants around it: progress, Ctrl-C, resuming, a thumbnail."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Cancelled
from .cancelling import polite_stop
from .output import Output

if TYPE_CHECKING:
    from ..interchange import Pair
    from ..learning.fine_tuning.settings import StyleSettings
    from ..learning.perception.encoder import ImageEncoder
    from ..morphable_model import MorphableModel
    from ..style.style import Style


def learn_style(
    pair: "Pair",
    settings: "StyleSettings",
    encoder: "ImageEncoder",
    renderer: str,
    checkpoint: Path,
    output: Output,
    minutes: float | None = None,
    model: "MorphableModel | None" = None,
) -> "Style":
    """Fine-tune on ``pair`` of ``model`` (the default head when None); what was reached lies in ``checkpoint`` until the run is through.

    Raises
    ------
    Cancelled
        After Ctrl-C, with a sentence that says how to go on.
    UserError
        When the renderer is not installed.
    """
    from ..learning.rendering.renderer import get_renderer
    from ..pipeline.stylize import StylizeRun

    tool = get_renderer(renderer)
    try:
        with polite_stop(minutes) as stopped, output.progress() as report:
            run = StylizeRun(pair, settings, encoder, tool, checkpoint, stopped, model)
            for event in run.run():
                if event.note:
                    output.note(event.note)
                report(event)
    except (KeyboardInterrupt, Cancelled):
        raise Cancelled(what_is_left(checkpoint)) from None
    return with_thumbnail(run.style, model)


def what_is_left(checkpoint: Path) -> str:
    """Tell how to go on after a training was stopped."""
    if checkpoint.exists():
        return f"What was learned is kept in “{checkpoint.name}”: the same command goes on from there."
    return "Too little was learned to be kept; the same command starts anew."


def with_thumbnail(style: "Style", model: "MorphableModel | None" = None) -> "Style":
    """The style with a picture of its sculpt, for libraries."""
    from ..interchange import thumbnail
    from ..morphable_model import load_default
    from .still_rig import still_rig

    if style.thumbnail is not None:
        return style
    return replace(style, thumbnail=thumbnail(still_rig(model or load_default(), style.sculpt, style.name)))
