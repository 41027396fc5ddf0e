# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt preview``: a complete rig in seconds, without learning."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .known_heads import known_heads
from .output import Output, duration
from .rig_files import RIG_SUFFIXES, STYLE_SUFFIX, placed, write_style


def preview(
    context: typer.Context,
    neutral: options.Neutral,
    styled: options.Styled = None,
    *,
    output_paths: Annotated[
        list[Path], options.output("GLB, npz, OBJ (neutral only), PNG, HTML or .style; may be given several times.")
    ],
    correctives: options.Correctives = False,
    place: Annotated[options.Places, options.place("at the origin")] = "model",
    model_name: options.HeadModel = options.DEFAULT_MODEL,
    binding_paths: options.Bindings = None,
    landmarks_path: options.LandmarkFile = None,
) -> None:
    """Make a complete rig of the sculpt in seconds: all expressions, carried over without learning.

    For example:

      onesculpt preview head.obj goblin.obj -o goblin.glb
      onesculpt preview goblin_pair.npz -o goblin.png -o goblin.html
    """
    output: Output = context.obj
    inputs = [path for path in (neutral, styled, landmarks_path, *(binding_paths or [])) if path is not None]
    check_destinations(output_paths, (*RIG_SUFFIXES, STYLE_SUFFIX), inputs)

    from ..morphable_model import load_model
    from ..pipeline.any_topology import own_mesh, read_any_pair
    from ..pipeline.place import Place, find_placing
    from ..pipeline.preview import preview_style

    model = load_model(model_name)
    pair, binding = read_any_pair(neutral, styled, model, known_heads(binding_paths, landmarks_path))
    placing = find_placing(Place(place), pair.to_model, neutral)
    output.notes(pair.conversions)
    style = replace(preview_style(pair, model), own=own_mesh(binding))
    write_style(style, model, output_paths, correctives=correctives, placing=placing)
    output.files(
        "preview",
        output_paths,
        [f"Made in {duration(output.seconds)}, without learning; “onesculpt stylize” learns the style."],
        name=style.name,
        model=model.name,
        conversions=list(pair.conversions),
        place=placed(placing),
    )
