# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt train-encoder``: train the mesh encoder of the default head anew."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .output import Output, duration, error_lines


def train_encoder(
    context: typer.Context,
    *,
    output_path: Annotated[Path, options.output("The encoder to write.")] = Path("mesh_encoder.safetensors"),
    steps: Annotated[int | None, options.steps("Steps; as many as made the shipped encoder, if not given.")] = None,
    pool: Annotated[
        Path | None,
        typer.Option(
            "--pool",
            metavar="FOLDER",
            help="Where the triangulations and their operators are kept (about 2 GB); beside the result if not given.",
        ),
    ] = None,
    resume: options.Resume = True,
) -> None:
    """Train the mesh encoder on random faces in many triangulations, and measure its error.

    Onesculpt brings a trained encoder along; this makes it again, in an hour or two. While it trains, a
    .checkpoint lies beside the result, and the same command goes on from there.

    For example:

      onesculpt train-encoder -o mesh_encoder.safetensors
    """
    output: Output = context.obj
    check_destinations([output_path], [".safetensors"])

    from ..learning.field.source_file import load_default_source_field
    from ..learning.mesh_encoder.file import save_mesh_encoder
    from ..learning.mesh_encoder.train import EncoderSettings, new_mesh_encoder
    from ..learning.mesh_encoder.train import train_encoder as train
    from ..learning.mesh_encoder.validation import validation_error
    from .learning import checkpoint_of, training

    settings = EncoderSettings() if steps is None else EncoderSettings(steps=steps)
    folder = output_path.with_suffix(".pool") if pool is None else pool
    checkpoint = checkpoint_of(output_path, resume=resume)
    field, encoder = load_default_source_field(), new_mesh_encoder(settings.seed)
    with training(checkpoint, output) as (stopped, report):
        for event in train(encoder, field, settings, folder, checkpoint, stopped):
            report(event)
    took, error = duration(output.seconds), validation_error(encoder, field)
    command = f"onesculpt train-encoder --steps {settings.steps}"
    save_mesh_encoder(encoder, field.model, output_path, {"command": command, **asdict(settings)}, error)
    checkpoint.unlink(missing_ok=True)
    output.files(
        "train-encoder",
        [output_path],
        [f"Trained in {took}; on faces and triangulations that it never saw:", *error_lines(error)],
        error=error,
        settings=asdict(settings),
    )
