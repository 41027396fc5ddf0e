# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt stylize``: learn a style from one sculpted pair."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations, checkpoint_of
from .image_losses import ImageLossOptions
from .output import Output, duration


def stylize(
    context: typer.Context,
    neutral: options.Neutral,
    styled: options.Styled = None,
    *,
    output_path: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="X.style", help="The style to write.", show_default=False),
    ],
    model_name: options.HeadModel = options.DEFAULT_MODEL,
    preset_name: options.PresetOption = options.Preset.STANDARD,
    seed: options.Seed = 1,
    minutes: options.Minutes = None,
    resume: options.Resume = True,
    encoder: options.Encoder = options.EncoderName.OFFLINE,
    clip_model: options.ClipModel = options.CLIP_MODEL,
    clip_tag: options.ClipTag = options.CLIP_TAG,
    weights: options.Weights = None,
    allow_download: options.AllowDownload = False,
    renderer: options.Renderer = options.RendererName.NUMBA,
    device: options.Device = options.DeviceName.AUTO,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="What the style is called; the file's name if not given.", show_default=False
        ),
    ] = None,
    changes: options.Changes = None,
) -> None:
    """Learn a style from one pair: a neutral head and its sculpted version.

    The result is one .style file, which “apply” puts on any face. While it learns, a .checkpoint lies beside
    the result: after Ctrl-C, a kill or a power cut the same command goes on from there.

    For example:

      onesculpt stylize head.obj goblin.obj -o goblin.style
      onesculpt stylize goblin_pair.npz -o goblin.style --preset draft
      onesculpt stylize head.obj goblin.obj -o goblin.style --encoder open_clip --allow-download
    """
    output: Output = context.obj
    started = time.monotonic()
    inputs = [path for path in (neutral, styled, weights) if path is not None]
    check_destinations([output_path], [".style"], inputs)
    images = ImageLossOptions(encoder, clip_model, clip_tag, weights, allow_download, device)

    from ..learning.fine_tuning.settings import preset
    from ..morphable_model import load_model
    from ..pipeline.any_topology import own_mesh, read_any_pair
    from ..style.style_file import save_style
    from .learning import learn_style
    from .setting_changes import changed

    settings = changed(preset(preset_name, seed=seed), changes or [])
    model = load_model(model_name)
    pair, binding = read_any_pair(neutral, styled, model)
    for sentence in pair.conversions:
        output.note(sentence)
    eye = images.load(output)
    settings = replace(settings, encoder=eye.name)
    checkpoint = checkpoint_of(output_path)
    if not resume:
        checkpoint.unlink(missing_ok=True)
    style = learn_style(pair, settings, eye, renderer, checkpoint, output, minutes, model)
    style = replace(style, name=name or output_path.stem, own=own_mesh(binding))
    save_style(style, output_path)
    checkpoint.unlink(missing_ok=True)
    seconds = time.monotonic() - started
    output.files(
        "stylize",
        [output_path],
        [
            f"Learned in {duration(seconds)}.",
            f"Next: onesculpt apply “{output_path}” --random 1 -o face.glb",
        ],
        name=style.name,
        model=model.name,
        seconds=round(seconds, 2),
        settings=style.settings,
        metrics=style.metrics,
        conversions=list(pair.conversions),
    )
