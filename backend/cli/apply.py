# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt apply``: a style on the pair's own face, on given faces, or on random people."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UserError
from . import options
from .destinations import check_destinations, numbered
from .output import Output
from .rig_files import RIG_SUFFIXES, TOGETHER, show_faces, write_rig

if TYPE_CHECKING:
    from ..morphable_model import MorphableModel
    from ..pipeline.any_topology import Face
    from ..pipeline.styled_face import StyledFace
    from ..pipeline.styler import Styler

MAX_FACES = 1000


def apply(
    context: typer.Context,
    style_path: Annotated[
        Path, typer.Argument(metavar="X.style", help="What “stylize” wrote.", show_default=False)
    ],
    *,
    output_paths: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="GLB, npz, OBJ (neutral only), PNG (one sheet) or HTML (one review page); may be given several "
            "times. Several faces are numbered: OUT_001.glb and so on.",
            show_default=False,
        ),
    ],
    identities: Annotated[
        list[Path] | None,
        typer.Option(
            "--identity",
            metavar="MESH",
            help="A neutral face, in the style's topology or any other; may be given several times.",
            show_default=False,
        ),
    ] = None,
    random: Annotated[
        int | None,
        typer.Option(
            "--random", metavar="N", min=1, max=MAX_FACES, help="N random people.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the first random person.")] = 0,
    correctives: options.Correctives = False,
    model_name: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="The head model; the style knows its own.", show_default=False
        ),
    ] = None,
) -> None:
    """Put a style on a face and write the rig, with all expressions.

    Without --identity and --random it is the pair's own face, whose sculpt comes back exactly.

    For example:

      onesculpt apply goblin.style -o goblin.glb
      onesculpt apply goblin.style --identity anna.obj -o anna_goblin.glb
      onesculpt apply goblin.style --random 8 --seed 3 -o crowd.glb -o crowd.png
    """
    if identities and random is not None:
        raise typer.BadParameter("--identity and --random exclude each other.")
    output: Output = context.obj
    started = time.monotonic()
    count = random if random is not None else max(1, len(identities or ()))
    together = [path for path in output_paths if path.suffix.lower() in TOGETHER]
    apart = [path for path in output_paths if path not in together]
    places = {n: [numbered(path, n, count) for path in apart] for n in range(1, count + 1)}
    everything = [*output_paths, *(path for group in places.values() for path in group if count > 1)]
    check_destinations(everything, RIG_SUFFIXES, [style_path, *(identities or ())])
    if not style_path.is_file():  # said here, because what reads styles takes seconds to load
        remedy = "Check the spelling and the folder; “onesculpt stylize” makes styles."
        raise UserError(f"There is no file “{style_path}”.", remedy, code="missing")

    from ..learning.progress import Progress
    from ..morphable_model import load_model, model_for
    from ..pipeline.any_topology import read_face
    from ..pipeline.styler import Styler
    from ..style.style_file import load_style

    style = load_style(style_path, None if model_name is None else load_model(model_name))
    model = model_for(style.topology_hash, style.model_hash, style.model_name)
    given = [read_face(path, model) for path in identities or ()]
    for face in given:
        for sentence in face.identity.conversions:
            output.note(sentence)
    kept: list[StyledFace] = []
    written: list[Path] = []
    faces: list[dict[str, Any]] = []
    with output.progress() as report:
        made = _styled_faces(Styler(style, model), model, given, random, seed)
        for number, (face, about) in enumerate(made, 1):
            for path in places[number]:
                write_rig(face.rig, path, correctives=correctives)
            if together:
                kept.append(face)
            written += places[number]
            faces.append({"name": face.rig.name, **about, "outputs": [str(path) for path in places[number]]})
            if count > 1:
                report(Progress("faces", number, count))
        own = not given and random is None
        for path in together:
            show_faces(kept, path, style, own=own)
    seconds = round(time.monotonic() - started, 2)
    output.files("apply", [*written, *together], style=style.name, faces=faces, seconds=seconds)


def _styled_faces(
    styler: "Styler", model: "MorphableModel", given: list["Face"], random: int | None, seed: int
) -> "Iterator[tuple[StyledFace, dict[str, Any]]]":
    """Yield each face in the style, and what tells it apart."""
    from ..pipeline.styled_face import StyledFace, styled_face, styled_pair

    if random is not None:
        for number in range(seed, seed + random):
            rig = styler.random_rig(number)
            yield StyledFace(rig, rig), {"seed": number}
        return
    for face in given:
        about: dict[str, Any] = {"identity": face.identity.name}
        if face.binding is not None:
            about["binding"] = face.binding.residual
        yield styled_face(styler, model, face), about
    if not given:
        yield styled_pair(styler, model), {}
