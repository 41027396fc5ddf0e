# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt rig``: all expressions on one neutral head of any topology."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from . import options
from .destinations import check_destinations
from .known_heads import known_heads
from .output import Output, duration
from .rig_files import RIG_SUFFIXES, TOGETHER, placed, show_rig, write_rig

Topologies = Literal["own", "model"]


def rig(
    context: typer.Context,
    mesh_path: options.Head,
    *,
    output_paths: Annotated[
        list[Path], options.output("GLB, npz, OBJ (neutral only), PNG or HTML; may be given several times.")
    ],
    correctives: options.Correctives = False,
    place: Annotated[options.Places, options.place("at the origin, facing +Z")] = "source",
    topology: Annotated[
        Topologies,
        typer.Option("--topology", help="The head's own vertices, or the head model's, drawn onto the head."),
    ] = "own",
    fill_inner: Annotated[
        bool,
        typer.Option(
            "--fill-inner",
            help="Put in the base head's eyeballs, teeth, tongue and mouth lining where the head has none: more "
            "vertices behind its own.",
        ),
    ] = False,
    mouth: Annotated[
        bool,
        typer.Option(
            "--mouth",
            help="Cut the lips of a head whose mouth has no opening, and put in the base head's mouth lining, teeth "
            "and tongue.",
        ),
    ] = False,
    model_name: options.HeadModel = options.DEFAULT_MODEL,
    binding_paths: options.Bindings = None,
    landmarks_path: options.LandmarkFile = None,
) -> None:
    """Give one neutral head of any topology its 52 expressions, joints and correctives, on its own vertices.

    No pair and no style: the head's expressions are those of the person that is nearest to it, carried over
    to what it has beyond that person. Vertices, their order and UVs stay as they are.

    For example:

      onesculpt rig gamehead.obj -o gamehead.glb
      onesculpt rig gamehead.obj --landmarks marks.json -o gamehead.glb -o gamehead.png
      onesculpt rig scan.ply --fill-inner --mouth -o scan.glb
      onesculpt rig head.obj --place model -o head.npz
    """
    output: Output = context.obj
    inputs = [path for path in (mesh_path, landmarks_path, *(binding_paths or [])) if path is not None]
    check_destinations(output_paths, RIG_SUFFIXES, inputs)

    from ..morphable_model import load_model
    from ..pipeline.any_topology import read_face
    from ..pipeline.hollow import filled, hollow_sentence, lacking
    from ..pipeline.own_rig import fused_sentence, has_fused_mouth, own_rig
    from ..pipeline.place import Place, find_placing

    model = load_model(model_name)
    face = read_face(mesh_path, model, known_heads(binding_paths, landmarks_path))
    output.notes(face.identity.conversions)
    placing = find_placing(Place(place), face.identity.to_model, mesh_path)
    styled = own_rig(face, model, mouth=mouth)
    made = styled.rig if topology == "own" else styled.in_model_order
    hollow = lacking(styled) if topology == "own" else ()
    fused = has_fused_mouth(face, model) and topology == "own"
    if mouth and not fused:
        output.note(f"“{made.name}” has a mouth; nothing was cut.")
    elif fused and not mouth:
        output.note(fused_sentence(made.name))
        hollow = tuple(part for part in hollow if not part.in_mouth)  # never seen
    wanted = tuple(part for part in hollow if fill_inner or (part.in_mouth and fused and mouth))
    if wanted:
        made = filled(styled, wanted, model)
    if len(wanted) < len(hollow):
        output.note(hollow_sentence(made.name, tuple(part for part in hollow if part not in wanted), styled))
    for path in output_paths:
        if path.suffix.lower() in TOGETHER:
            show_rig(made, path, f"{len(made.names)} expressions on {len(made.vertices):,} vertices")
        else:
            write_rig(made, path, correctives=correctives, placing=placing)
    told = (
        f"Made in {duration(output.seconds)}: {len(made.names)} expressions and {len(made.joint_names)} joints on "
        f"{len(made.vertices):,} vertices. {placing.sentence}"
    )
    output.files(
        "rig",
        output_paths,
        [told],
        name=made.name,
        model=model.name,
        vertices=len(made.vertices),
        expressions=len(made.names),
        correctives=[key.name for key in made.correctives],
        binding=None if face.binding is None else face.binding.residual,
        lacking=[part.name for part in hollow],
        filled=[part.name for part in wanted],
        fused_mouth=fused,
        topology=topology,
        place=placed(placing),
        conversions=list(face.identity.conversions),
    )
