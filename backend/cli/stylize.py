# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt stylize``: learn a style from one sculpted pair."""

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations
from .known_heads import known_heads
from .output import Output, duration
from .rig_files import STYLE_SUFFIX


def stylize(
    context: typer.Context,
    neutral: options.Neutral,
    styled: options.Styled = None,
    *,
    output_path: Annotated[Path, options.output("The style to write.", "X.style")],
    model_name: options.HeadModel = options.DEFAULT_MODEL,
    binding_paths: options.Bindings = None,
    landmarks_path: options.LandmarkFile = None,
    preset_name: options.Preset = "standard",
    seed: options.Seed = 1,
    minutes: options.Minutes = None,
    resume: options.Resume = True,
    encoder: options.Encoder = "offline",
    clip_model: options.ClipModel = options.CLIP_MODEL,
    clip_tag: options.ClipTag = options.CLIP_TAG,
    weights: options.Weights = None,
    allow_download: options.AllowDownload = False,
    renderer: options.Renderer = "numba",
    device: options.Device = "auto",
    name: options.StyleName = None,
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
    given = (neutral, styled, weights, landmarks_path, *(binding_paths or []))
    inputs = [path for path in given if path is not None]
    check_destinations([output_path], [STYLE_SUFFIX], inputs)

    from ..learning.fine_tuning.settings import preset
    from ..morphable_model import load_model
    from ..pipeline.any_topology import own_mesh, read_any_pair
    from .learning import learn, load_encoder
    from .setting_changes import changed

    settings = changed(preset(preset_name, seed=seed), changes or [])
    model = load_model(model_name)
    pair, binding = read_any_pair(neutral, styled, model, known_heads(binding_paths, landmarks_path))
    output.notes(pair.conversions)
    eye = load_encoder(
        output, encoder, device, model=clip_model, tag=clip_tag, weights_path=weights, allow_download=allow_download
    )
    style = learn(
        pair,
        model,
        settings,
        eye,
        output_path,
        output,
        renderer=renderer,
        minutes=minutes,
        resume=resume,
        name=name or output_path.stem,
        own=own_mesh(binding),
    )
    output.files(
        "stylize",
        [output_path],
        [
            f"Done in {duration(output.seconds)}. Learned: {style.learned}.",
            f"Next: onesculpt apply “{output_path}” --random 1 -o face.glb",
        ],
        name=style.name,
        model=model.name,
        learned=style.learned,
        settings=style.settings,
        metrics=style.metrics,
        conversions=list(pair.conversions),
    )
