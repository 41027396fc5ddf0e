# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt base``: the neutral head that every sculpt starts from."""

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .output import Output
from .rig_files import write_rig


def base(
    context: typer.Context,
    *,
    output_path: Annotated[Path, options.output("OBJ, GLB or npz.")],
    random: Annotated[bool, typer.Option("--random", help="A random person instead of the mean head.")] = False,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Which random person; implies --random.")] = None,
    model_name: options.HeadModel = options.DEFAULT_MODEL,
) -> None:
    """Write a neutral head to sculpt on, as quads with UVs.

    Sculpt on a copy of it without adding, deleting or merging vertices; then “stylize” gets both.

    For example:

      onesculpt base -o head.obj
      onesculpt base --seed 7 -o head.glb
      onesculpt base --model ict -o head.obj
    """
    output: Output = context.obj
    check_destinations([output_path], (".obj", ".glb", ".npz"))

    import numpy as np

    from ..morphable_model import load_model
    from ..morphable_model.model_rig import still_rig

    model = load_model(model_name)
    vertices = model.template
    if random or seed is not None:
        rng = np.random.default_rng(seed)
        code, size = model.sample_identity(rng, 1)[0], float(model.sample_size(rng, 1)[0])
        vertices = model.evaluate(code, size=size)
    write_rig(still_rig(model, output_path.stem, vertices), output_path)
    counts = {"vertices": len(vertices), "polygons": len(model.polygons)}
    output.files("base", [output_path], model=model.name, **counts, seed=seed)
