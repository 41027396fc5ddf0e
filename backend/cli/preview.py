# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt preview``: a complete rig in seconds, without learning."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .output import Output, duration
from .rig_files import RIG_SUFFIXES, STYLE_SUFFIX, write_style


def preview(
    context: typer.Context,
    neutral: options.Neutral,
    styled: options.Styled = None,
    *,
    output_paths: Annotated[
        list[Path], options.output("GLB, npz, OBJ (neutral only), PNG, HTML or .style; may be given several times.")
    ],
    correctives: options.Correctives = False,
    model_name: options.HeadModel = options.DEFAULT_MODEL,
) -> None:
    """Make a complete rig of the sculpt in seconds: all expressions, carried over without learning.

    For example:

      onesculpt preview head.obj goblin.obj -o goblin.glb
      onesculpt preview goblin_pair.npz -o goblin.png -o goblin.html
    """
    output: Output = context.obj
    inputs = [path for path in (neutral, styled) if path is not None]
    check_destinations(output_paths, (*RIG_SUFFIXES, STYLE_SUFFIX), inputs)

    from ..morphable_model import load_model
    from ..pipeline.any_topology import own_mesh, read_any_pair
    from ..pipeline.preview import preview_style

    model = load_model(model_name)
    pair, binding = read_any_pair(neutral, styled, model)
    output.notes(pair.conversions)
    style = replace(preview_style(pair, model), own=own_mesh(binding))
    write_style(style, model, output_paths, correctives=correctives)
    output.files(
        "preview",
        output_paths,
        [f"Made in {duration(output.seconds)}, without learning; “onesculpt stylize” learns the style."],
        name=style.name,
        model=model.name,
        conversions=list(pair.conversions),
    )
