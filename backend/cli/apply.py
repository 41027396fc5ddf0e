# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt apply``: a style on the pair's own face, on given faces, or on random people."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .cast import Cast, Member
from .destinations import check_destinations, existing_style, numbered
from .known_heads import known_heads
from .output import ExitCode, Output
from .rig_files import RIG_SUFFIXES, TOGETHER, show_faces, write_rig

if TYPE_CHECKING:
    from ..pipeline.styled_face import StyledFace
    from ..pipeline.styler import Styler

MAX_FACES = 1000


def apply(
    context: typer.Context,
    style_path: Annotated[Path, options.input_file("X.style", "What “stylize” wrote.")],
    *,
    output_paths: Annotated[
        list[Path],
        options.output(
            "GLB, npz, OBJ (neutral only), PNG (one sheet) or HTML (one review page); may be given several "
            "times. Several faces are numbered: OUT_001.glb and so on."
        ),
    ],
    identities: Annotated[
        list[Path] | None,
        typer.Option(
            "--identity",
            metavar="MESH",
            help="A neutral face, in the style's topology or any other; may be given several times.",
        ),
    ] = None,
    random: Annotated[
        int | None, typer.Option("--random", metavar="N", min=1, max=MAX_FACES, help="N random people.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the first random person.")] = 0,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going",
            help="Make the other faces, each with its own number, although some fail; then the exit code is 3.",
        ),
    ] = False,
    correctives: options.Correctives = False,
    place: Annotated[options.Places, options.place("where all heads of a model do")] = "model",
    binding_paths: options.Bindings = None,
    landmarks_path: options.LandmarkFile = None,
    model_name: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="The head model; the style knows its own.")
    ] = None,
) -> None:
    """Put a style on a face and write the rig, with all expressions.

    Without --identity and --random it is the pair's own face, whose sculpt comes back exactly. Before anything
    is made, every given file is checked, and all that can't be used are named.

    For example:

      onesculpt apply goblin.style -o goblin.glb
      onesculpt apply goblin.style --identity anna.obj -o anna_goblin.glb
      onesculpt apply goblin.style --random 8 --seed 3 -o crowd.glb -o crowd.png
      onesculpt apply goblin.style --identity anna.obj --identity ben.obj --keep-going -o cast.glb
    """
    if identities and random is not None:
        raise typer.BadParameter("--identity and --random exclude each other.")
    given = identities or []
    if not given and (binding_paths or landmarks_path or place != "model"):
        raise typer.BadParameter("--binding, --landmarks and --place are about faces that --identity gives.")
    if landmarks_path and len(given) != 1:
        raise typer.BadParameter("--landmarks are one face’s; bind several one by one, and give each --binding.")
    output: Output = context.obj
    count = random or max(1, len(given))
    together = [path for path in output_paths if path.suffix.lower() in TOGETHER]
    apart = [path for path in output_paths if path not in together]
    members = [
        Member(number, f"face {number}", [numbered(path, number, count) for path in apart])
        for number in range(1, count + 1)
    ]
    own_files = [path for member in members for path in member.outputs if count > 1]
    inputs = [path for path in (style_path, *given, landmarks_path, *(binding_paths or [])) if path is not None]
    check_destinations([*output_paths, *own_files], RIG_SUFFIXES, inputs)
    existing_style(style_path)

    from ..learning.progress import Progress
    from ..morphable_model import load_model, model_for
    from ..pipeline.place import Place
    from ..pipeline.styled_face import styled_pair
    from ..pipeline.styler import Styler
    from ..style.style_file import load_style

    style = load_style(style_path, None if model_name is None else load_model(model_name))
    model = model_for(style.topology_hash, style.model_hash, style.model_name)
    cast = Cast(members, output, keep_going=keep_going)
    for member in members:
        if random is not None:
            member.about["seed"] = seed + member.number - 1
            member.make = partial(_random_face, seed=member.about["seed"])
        elif given:
            member.title = member.about["file"] = str(given[member.number - 1])
        else:
            member.make = partial(styled_pair, model=model)
    if given:
        cast.read(given, model, known_heads(binding_paths, landmarks_path), Place(place))
    styler = Styler(style, model)
    kept: list[StyledFace] = []

    def make(member: Member) -> None:
        assert member.make  # noqa: S101 - every member that has not failed can be made
        face = member.make(styler)
        member.about["name"] = face.rig.name
        for path in member.outputs:
            write_rig(face.rig, path, correctives=correctives, placing=member.placing)
        if together:
            kept.append(face)

    with output.progress() as report:
        for member in members:
            cast.attempt(make, member)
            if member.error and not keep_going:
                break
            if count > 1:
                report(Progress("faces", member.number, count))
        cast.check()
        for path in together:
            show_faces(kept, path, style, own=not given and random is None)
    written = [path for member in members if not member.error for path in member.outputs]
    broken = cast.broken
    left_out = [f"{len(broken)} of {count} faces failed: {', '.join(m.title for m in broken)}."] if broken else []
    entries = [member.to_json() for member in members]
    output.files("apply", [*written, *together], left_out, ok=not broken, style=style.name, faces=entries)
    if broken:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _random_face(styler: "Styler", seed: int) -> "StyledFace":
    from ..pipeline.styled_face import StyledFace

    rig = styler.random_rig(seed)
    return StyledFace(rig, rig)
