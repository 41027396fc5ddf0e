# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt evaluate``: how well a style animates, beside other ways to make it."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import make_folder
from .output import Output, duration

REPORT = "evaluation"


def evaluate(
    context: typer.Context,
    subject: Annotated[
        Path,
        options.input_file(
            "NEUTRAL|PAIR|X.style", "The head before sculpting, one npz that holds the whole pair, or a style."
        ),
    ],
    styled: options.Styled = None,
    *,
    folder: Annotated[
        Path | None,
        options.output("Where report and learned styles go; styles that are there already are used again.", "FOLDER"),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            "--methods", metavar="NAMES", help="Rows of the report, for example ours,transfer; “all” lists them."
        ),
    ] = None,
    ablation: Annotated[
        bool, typer.Option("--ablation", help="All rows: ours without each loss, the published recipe.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full/--quick", help="100 people and 200 mixed expressions, or a look within seconds.")
    ] = True,
    people: Annotated[int | None, typer.Option("--people", min=3, help="How many people instead.")] = None,
    mixes: Annotated[int | None, typer.Option("--mixes", min=0, help="How many mixed expressions instead.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which people and mixes are sampled.")] = 0,
    model_name: options.HeadModel = options.DEFAULT_MODEL,
    preset_name: options.Preset = "standard",
    steps: Annotated[int | None, options.steps("Learn for this many steps instead.")] = None,
) -> None:
    """Measure how well a style animates: sculpt, contact, penetration, motion, style, identity, look.

    One column for each method: ours (learned with the standard preset, or the style that is given), ours
    before learning, delta transfer and deformation transfer. Takes about six minutes for a pair and two for a
    style; --ablation learns seven styles and takes half an hour. Deformation transfer is always there, because
    bars refer to it.

    For example:

      onesculpt evaluate goblin.style -o report
      onesculpt evaluate head.obj goblin.obj --quick --methods preview
      onesculpt evaluate goblin_pair.npz --ablation --steps 100 -o report --json
    """
    output: Output = context.obj

    from ..evaluation.evaluator import QUICK, Counts
    from ..evaluation.evaluator import evaluate as measure
    from ..evaluation.recipes import chosen
    from ..evaluation.report_page import write_page
    from ..learning.progress import Progress
    from .evaluate_rows import Rows, read_subject

    fewer = {k: v for k, v in (("identities", people), ("mixes", mixes)) if v is not None}
    recipes = chosen(methods or [], ablation=ablation)
    if folder is not None:
        make_folder(folder)
    pair, given, model = read_subject(subject, styled, model_name, output)
    rows = Rows(pair, given, model, folder, preset_name, steps, output)
    measured, origins = rows.make(recipes)
    count = len(measured) + 3  # the source face, and two classical methods
    with output.progress() as report:
        done = iter(range(count))
        found = measure(
            model,
            pair,
            measured,
            seed,
            replace(Counts() if full else QUICK, **fewer),
            pictures=folder is not None,
            progress=lambda: report(Progress("measure", next(done), count)),
            origins=origins,
        )
        report(Progress("measure", count, count))
    paths = []
    if folder is not None:
        paths = [folder / f"{REPORT}.json", folder / f"{REPORT}.html"]
        found.write_json(paths[0])
        write_page(found, paths[1])
    output.table(found.to_table())
    output.files("evaluate", paths, [f"Measured in {duration(output.seconds)}."], report=found.to_dict())
