# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Preset(StrEnum):
    """Names of `training.settings.PRESETS`, listed here so that ``--help`` need not load them."""

    DRAFT = "draft"
    STANDARD = "standard"
    FINAL = "final"


class EncoderName(StrEnum):
    """Names of `perception.ENCODER_NAMES`."""

    OFFLINE = "offline"
    OPEN_CLIP = "open_clip"


class RendererName(StrEnum):
    """Renderers that `rendering.get_renderer` knows."""

    NUMBA = "numba"
    PYTORCH3D = "pytorch3d"


class DeviceName(StrEnum):
    """Names of `devices.DEVICE_NAMES`."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


DEFAULT_MODEL = "default"
_IMAGE_LOSS, _PAIR = "Image losses", "Pair"

Neutral = Annotated[
    Path,
    typer.Argument(
        metavar="NEUTRAL",
        help="The head before sculpting (OBJ, PLY, GLB or npz), or one npz that holds the whole pair.",
        show_default=False,
    ),
]
Styled = Annotated[
    Path | None,
    typer.Argument(
        metavar="STYLED", help="The sculpted head; the same vertices in the same order.", show_default=False
    ),
]
HeadModel = Annotated[
    str,
    typer.Option(
        "--model", metavar="NAME", help="The head model: “default”, or one that “onesculpt models list” shows."
    ),
]
PresetOption = Annotated[
    Preset, typer.Option("--preset", help="How long to learn: a first look, the usual, or the last word.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Equal seeds give equal results.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Change one setting of the preset, for example steps=200; may be given several times.",
        show_default=False,
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        min=0.0,
        help="Stop learning after this time and keep the best so far.",
        show_default=False,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume/--anew", help="Go on where an interrupted run of this command was, or start anew."
    ),
]
Correctives = Annotated[
    bool,
    typer.Option(
        "--correctives",
        help="Corrective keys in GLB too: targets after the 52, for engines that can drive them. "
        "An npz always has them, apart from the 52.",
    ),
]
Encoder = Annotated[
    EncoderName,
    typer.Option("--encoder", help="The image encoder that judges the look.", rich_help_panel=_IMAGE_LOSS),
]
ClipModel = Annotated[
    str,
    typer.Option(
        "--clip-model", metavar="NAME", help="open_clip's name of the model.", rich_help_panel=_IMAGE_LOSS
    ),
]
ClipTag = Annotated[
    str,
    typer.Option(
        "--clip-tag", metavar="NAME", help="open_clip's name of its weights.", rich_help_panel=_IMAGE_LOSS
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        "--weights",
        metavar="FILE",
        help="The encoder's weights, when they are not where they usually are.",
        rich_help_panel=_IMAGE_LOSS,
        show_default=False,
    ),
]
AllowDownload = Annotated[
    bool,
    typer.Option(
        "--allow-download",
        help="Consent to download weights that are missing; nothing is ever downloaded without it.",
        rich_help_panel=_IMAGE_LOSS,
    ),
]
Renderer = Annotated[
    RendererName,
    typer.Option("--renderer", help="pytorch3d only where it is installed.", rich_help_panel=_IMAGE_LOSS),
]
Device = Annotated[
    DeviceName,
    typer.Option(
        "--device", help="What runs the encoder; auto takes an NVIDIA card.", rich_help_panel=_IMAGE_LOSS
    ),
]
CLIP_MODEL, CLIP_TAG = "ViT-B-32", "openai"
