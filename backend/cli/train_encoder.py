# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt train-encoder``: train the mesh encoder of the default head anew."""

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Cancelled
from . import options
from .cancelling import polite_stop
from .destinations import check_destinations, checkpoint_of
from .learning import what_is_left
from .output import Output, duration


def train_encoder(
    context: typer.Context,
    *,
    output_path: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The encoder to write.")
    ] = Path("mesh_encoder.safetensors"),
    steps: Annotated[
        int | None,
        typer.Option("--steps", min=1, help="Steps; as many as made the shipped encoder, if not given."),
    ] = None,
    pool: Annotated[
        Path | None,
        typer.Option(
            "--pool",
            metavar="FOLDER",
            help="Where the triangulations and their operators are kept (about 1 GB); beside the result if not given.",
            show_default=False,
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
    started = time.monotonic()
    check_destinations([output_path], [".safetensors"])

    from ..learning.field.source_file import load_default_source_field
    from ..learning.mesh_encoder.file import save_mesh_encoder
    from ..learning.mesh_encoder.train import EncoderSettings, new_mesh_encoder
    from ..learning.mesh_encoder.train import train_encoder as train
    from ..learning.mesh_encoder.validation import validation_error

    settings = EncoderSettings()
    if steps is not None:
        settings = replace(settings, steps=steps)
    folder = output_path.with_suffix(".pool") if pool is None else pool
    checkpoint = checkpoint_of(output_path)
    if not resume:
        checkpoint.unlink(missing_ok=True)
    field = load_default_source_field()
    encoder = new_mesh_encoder(settings.seed)
    try:
        with polite_stop() as stopped, output.progress() as report:
            for event in train(encoder, field, settings, folder, checkpoint, stopped):
                if event.note:
                    output.note(event.note)
                report(event)
    except (KeyboardInterrupt, Cancelled):
        raise Cancelled(what_is_left(checkpoint)) from None
    training_seconds = time.monotonic() - started
    error = validation_error(encoder, field)
    command = f"onesculpt train-encoder --steps {settings.steps}"
    save_mesh_encoder(encoder, field.model, output_path, {"command": command, **asdict(settings)}, error)
    checkpoint.unlink(missing_ok=True)
    width = max(len(name) for name in error)
    output.files(
        "train-encoder",
        [output_path],
        [
            f"Trained in {duration(training_seconds)}; on faces and triangulations that it never saw:",
            *(f"  {name.replace('_', ' '):{width}}  {value:.4f}" for name, value in error.items()),
        ],
        error=error,
        settings=asdict(settings),
    )
