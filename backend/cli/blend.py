# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt blend``: a style between two styles."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..errors import UserError
from .destinations import check_destinations
from .output import Output
from .rig_files import RIG_SUFFIXES, TOGETHER, show_faces, write_rig

_STYLE = ".style"


def blend(
    context: typer.Context,
    first_path: Annotated[
        Path, typer.Argument(metavar="A.style", help="The style at amount 0.", show_default=False)
    ],
    second_path: Annotated[
        Path, typer.Argument(metavar="B.style", help="The style at amount 1.", show_default=False)
    ],
    *,
    output_paths: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The style to write, or its rig as GLB, npz, OBJ (neutral only), PNG or HTML; may be given "
            "several times.",
            show_default=False,
        ),
    ],
    amount: Annotated[
        float, typer.Option("--amount", min=0.0, max=1.0, help="How far from the first to the second.")
    ] = 0.5,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="What the style is called; the file's name if not given.", show_default=False
        ),
    ] = None,
) -> None:
    """Make a style between two, without learning anew.

    Amount 0 is the first style, 1 the second. Both must belong to the same head model.

    For example:

      onesculpt blend goblin.style toon.style --amount 0.3 -o imp.style
      onesculpt blend goblin.style toon.style -o half.style -o half.glb
    """
    output: Output = context.obj
    started = time.monotonic()
    check_destinations(output_paths, (_STYLE, *RIG_SUFFIXES), [first_path, second_path])
    for path in (first_path, second_path):  # said here, because what reads styles takes seconds to load
        if not path.is_file():
            remedy = "Check the spelling and the folder; “onesculpt stylize” makes styles."
            raise UserError(f"There is no file “{path}”.", remedy, code="missing")

    from ..export.rig_sheet import thumbnail
    from ..morphable_model import model_for
    from ..pipeline.blend import blend_styles
    from ..pipeline.styled_face import styled_pair
    from ..pipeline.styler import Styler
    from ..style.style_file import load_style, save_style

    style = blend_styles(
        load_style(first_path), load_style(second_path), amount, name or output_paths[0].stem
    )
    model = model_for(style.topology_hash, style.model_hash, style.model_name)
    face = styled_pair(Styler(style, model), model)
    for path in output_paths:
        if path.suffix.lower() == _STYLE:
            save_style(replace(style, thumbnail=thumbnail(face.in_model_order)), path)
        elif path.suffix.lower() in TOGETHER:
            show_faces([face], path, style, own=True)
        else:
            write_rig(face.rig, path)
    output.files(
        "blend",
        output_paths,
        name=style.name,
        amount=amount,
        metrics=style.metrics,
        seconds=round(time.monotonic() - started, 2),
    )
