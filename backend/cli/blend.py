# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt blend``: a style between two styles."""

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations, existing_style
from .output import Output
from .rig_files import RIG_SUFFIXES, STYLE_SUFFIX, write_style


def blend(
    context: typer.Context,
    first_path: Annotated[Path, options.input_file("A.style", "The style at amount 0.")],
    second_path: Annotated[Path, options.input_file("B.style", "The style at amount 1.")],
    *,
    output_paths: Annotated[
        list[Path],
        options.output(
            "The style to write, or its rig as GLB, npz, OBJ (neutral only), PNG or HTML; may be given several times."
        ),
    ],
    amount: Annotated[
        float, typer.Option("--amount", min=0.0, max=1.0, help="How far from the first to the second.")
    ] = 0.5,
    name: options.StyleName = None,
) -> None:
    """Make a style between two, without learning anew.

    Amount 0 is the first style, 1 the second. Both must belong to the same head model.

    For example:

      onesculpt blend goblin.style toon.style --amount 0.3 -o imp.style
      onesculpt blend goblin.style toon.style -o half.style -o half.glb
    """
    output: Output = context.obj
    check_destinations(output_paths, (STYLE_SUFFIX, *RIG_SUFFIXES), [first_path, second_path])
    existing_style(first_path)
    existing_style(second_path)

    from ..morphable_model import model_for
    from ..pipeline.blend import blend_styles
    from ..style.style_file import load_style

    first, second = load_style(first_path), load_style(second_path)
    style = blend_styles(first, second, amount, name or output_paths[0].stem)
    write_style(style, model_for(style.topology_hash, style.model_hash, style.model_name), output_paths)
    output.files("blend", output_paths, name=style.name, amount=amount, metrics=style.metrics)
