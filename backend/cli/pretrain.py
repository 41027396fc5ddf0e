# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt pretrain``: train the surface deformation field of a head model anew."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .output import Output, duration, error_lines


def pretrain(
    context: typer.Context,
    *,
    model_name: options.HeadModel = options.DEFAULT_MODEL,
    output_path: Annotated[
        Path | None,
        options.output("The field to write; if not given, an installed model's own, or source_field.safetensors here."),
    ] = None,
    steps: Annotated[int | None, options.steps("Steps; as many as made the shipped field, if not given.")] = None,
    resume: options.Resume = True,
) -> None:
    """Train the surface deformation field of a head model, and measure its error against the exact model.

    Onesculpt brings the field of the default head along; this makes it again. A model that “models add” has
    installed needs it once before “stylize”. While it trains, a .checkpoint
    lies beside the result, and the same command goes on from there.

    For example:

      onesculpt pretrain -o source_field.safetensors
      onesculpt pretrain --steps 2000 --anew
      onesculpt pretrain --model ict
    """
    output: Output = context.obj

    from ..learning.field.source_file import save_source_field
    from ..learning.pretraining.pretrain import PretrainSettings, new_source_field
    from ..learning.pretraining.pretrain import pretrain as train
    from ..learning.pretraining.source_error import source_error
    from ..morphable_model import load_model
    from ..morphable_model.library import DEFAULT, find_installed
    from .learning import checkpoint_of, training

    model = load_model(model_name)
    if output_path is None:
        own = model_name != DEFAULT
        output_path = find_installed(model_name).backbone if own else Path("source_field.safetensors")
    check_destinations([output_path], [".safetensors"])
    settings = PretrainSettings() if steps is None else PretrainSettings(steps=steps)
    checkpoint = checkpoint_of(output_path, resume=resume)
    field = new_source_field(model, settings.seed)
    log = dict[int, float]()
    with training(checkpoint, output) as (stopped, report):
        for event in train(field, settings, checkpoint, stopped):
            log[event.step] = event.losses["mm2"]
            report(event)
    took, error = duration(output.seconds), source_error(field)
    save_source_field(field, output_path, asdict(settings), error)
    checkpoint.unlink(missing_ok=True)
    marks = sorted(log)[:: max(1, len(log) // 10)]
    output.files(
        "pretrain",
        [output_path],
        [
            *(f"step {step:6}: {log[step]:.4f} mm² on surface points" for step in marks),
            f"Trained in {took}; error against the exact model, on faces it never saw:",
            *error_lines(error, " mm"),
        ],
        model=model_name,
        settings=asdict(settings),
        error_mm=error,
        log_mm2={str(step): log[step] for step in marks},
    )
