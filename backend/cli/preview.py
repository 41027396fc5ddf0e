# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt preview``: a complete rig in seconds, without learning."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .output import Output, duration
from .rig_files import RIG_SUFFIXES, TOGETHER, show_faces, write_rig


def preview(
    context: typer.Context,
    neutral: options.Neutral,
    styled: options.Styled = None,
    *,
    output_paths: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="GLB, npz, OBJ (neutral only), PNG, HTML or .style; may be given several times.",
            show_default=False,
        ),
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
    started = time.monotonic()
    inputs = [path for path in (neutral, styled) if path is not None]
    check_destinations(output_paths, (*RIG_SUFFIXES, ".style"), inputs)

    from ..morphable_model import load_model
    from ..pipeline.any_topology import own_mesh, read_any_pair
    from ..pipeline.preview import preview_style
    from ..pipeline.styled_face import styled_pair
    from ..pipeline.styler import Styler
    from .learning import with_thumbnail

    model = load_model(model_name)
    pair, binding = read_any_pair(neutral, styled, model)
    for sentence in pair.conversions:
        output.note(sentence)
    style = replace(preview_style(pair, model), own=own_mesh(binding))
    kinds = {path.suffix.lower() for path in output_paths}
    face = styled_pair(Styler(style, model), model) if kinds != {".style"} else None
    for path in output_paths:
        if face is None or path.suffix.lower() == ".style":
            from ..style.style_file import save_style  # loads torch, which rigs do without

            save_style(with_thumbnail(style, model), path)
        elif path.suffix.lower() in TOGETHER:
            show_faces([face], path, style, own=True)
        else:
            write_rig(face.rig, path, correctives=correctives)
    seconds = time.monotonic() - started
    output.files(
        "preview",
        output_paths,
        [f"Made in {duration(seconds)}, without learning; “onesculpt stylize” learns the style."],
        name=style.name,
        model=model.name,
        seconds=round(seconds, 2),
        conversions=list(pair.conversions),
    )
