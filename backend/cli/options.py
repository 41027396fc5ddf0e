# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

# Listed here so that “--help” need not load the modules that know them; tests compare.
Presets = Literal["draft", "standard", "final"]
EncoderNames = Literal["offline", "open_clip"]
RendererNames = Literal["numba", "pytorch3d"]
DeviceNames = Literal["auto", "cpu", "cuda", "mps"]
DEFAULT_MODEL = "default"
Places = Literal["source", "model"]
CLIP_MODEL, CLIP_TAG = "ViT-B-32", "openai"


def output(text: str, metavar: str = "FILE") -> Any:
    """``-o``, which every command that writes has."""
    return typer.Option("-o", "--output", metavar=metavar, help=text)


def input_file(metavar: str, text: str) -> Any:
    """A file that a command reads."""
    return typer.Argument(metavar=metavar, help=text)


def steps(text: str) -> Any:
    """How long to train, where that is not a preset's setting."""
    return typer.Option("--steps", min=1, help=text)


def _image_loss(*names: str, text: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=text, metavar=metavar, rich_help_panel="Image losses")


Neutral = Annotated[
    Path,
    input_file(
        "NEUTRAL", "The head before sculpting (OBJ, PLY, GLB, glTF, STL, OFF or npz), or one npz with the pair."
    ),
]
Styled = Annotated[Path | None, input_file("STYLED", "The sculpted head; the same vertices in the same order.")]
Head = Annotated[Path, input_file("MESH", "A head.")]
HeadModel = Annotated[
    str,
    typer.Option(
        "--model", metavar="NAME", help="The head model: “default”, or one that “onesculpt models list” shows."
    ),
]
Bindings = Annotated[
    list[Path] | None,
    typer.Option(
        "--binding",
        metavar="X.npz",
        help="What “bind” found for a head of another topology, instead of looking for its face anew; may be given "
        "several times, each is taken for the head that it is of.",
    ),
]
LandmarkFile = Annotated[
    Path | None,
    typer.Option(
        "--landmarks",
        metavar="FILE",
        help="JSON with points \\[x, y, z] in the head's own coordinates by landmark name, as “bind” writes it: those "
        "that you moved rule where the face is.",
    ),
]


def place(text: str) -> Any:
    """``--place``, which commands have that write rigs of heads from files."""
    return typer.Option("--place", help=f"Where the rig stands: where its head stood in its file, or {text}.")


Preset = Annotated[
    Presets, typer.Option("--preset", help="How long to learn: a first look, the usual, or the last word.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Equal seeds give equal results.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Change one setting of the preset, for example steps=200; may be given several times.",
    ),
]
Minutes = Annotated[
    float | None, typer.Option("--minutes", min=0.0, help="Stop learning after this time and keep the best so far.")
]
Resume = Annotated[
    bool, typer.Option("--resume/--anew", help="Go on where an interrupted run of this command was, or start anew.")
]
Correctives = Annotated[
    bool,
    typer.Option(
        "--correctives",
        help="Corrective keys in GLB too: targets after the 52, for engines that can drive them. "
        "An npz always has them, apart from the 52.",
    ),
]
StyleName = Annotated[
    str | None, typer.Option("--name", help="What the style is called; the file's name if not given.")
]
Encoder = Annotated[EncoderNames, _image_loss("--encoder", text="The image encoder that judges the look.")]
ClipModel = Annotated[str, _image_loss("--clip-model", metavar="NAME", text="open_clip's name of the model.")]
ClipTag = Annotated[str, _image_loss("--clip-tag", metavar="NAME", text="open_clip's name of its weights.")]
Weights = Annotated[
    Path | None,
    _image_loss("--weights", metavar="FILE", text="The encoder's weights, when they are not where they usually are."),
]
AllowDownload = Annotated[
    bool,
    _image_loss(
        "--allow-download", text="Consent to download weights that are missing; nothing is ever downloaded without it."
    ),
]
Renderer = Annotated[RendererNames, _image_loss("--renderer", text="pytorch3d only where it is installed.")]
Device = Annotated[DeviceNames, _image_loss("--device", text="What runs the encoder; auto takes an NVIDIA card.")]
