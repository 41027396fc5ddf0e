# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt demo``: the whole job on the bundled example."""

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .destinations import check_destinations, make_folder
from .output import Output, duration
from .rig_files import show_faces, write_rig

FILES = ("goblin.style", "goblin.glb", "goblin.npz", "contact_sheet.png", "review.html")
PEOPLE = (3, 8, 11, 14, 19, 26)
"""Seeds of the random people on the sheet and on the page."""


def demo(
    context: typer.Context,
    *,
    folder: Annotated[Path, options.output("Where the results go.", "FOLDER")] = Path("out"),
    preset_name: options.Preset = "standard",
    seed: options.Seed = 1,
    resume: options.Resume = True,
    changes: options.Changes = None,
) -> None:
    """Run the main job on the bundled goblin: learn its style, make its rig, and show both.

    Writes into the folder out: the style, a GLB with 52 morph targets and a skeleton, the same rig as npz, a
    contact sheet, and a review page that opens in any browser.

    For example:

      onesculpt demo
      onesculpt demo --preset draft -o first_look
    """
    output: Output = context.obj
    make_folder(folder)
    paths = [folder / name for name in FILES]
    check_destinations(paths, [path.suffix for path in paths])

    from ..learning.fine_tuning.settings import preset
    from ..learning.progress import Progress
    from ..morphable_model import load_default
    from ..pipeline.bundled import bundled_pair
    from ..pipeline.styled_face import StyledFace, styled_pair
    from ..pipeline.styler import Styler
    from .learning import learn, load_encoder
    from .setting_changes import changed

    settings, model = changed(preset(preset_name, seed=seed), changes or []), load_default()
    style_path, glb, npz, sheet, page = paths
    style = learn(
        bundled_pair(), model, settings, load_encoder(output), style_path, output, resume=resume, name="Goblin"
    )
    with output.progress() as report:
        styler = Styler(style, model)
        total = 1 + len(PEOPLE)
        faces = [styled_pair(styler, model)]
        report(Progress("faces", 1, total))
        for number, person in enumerate(PEOPLE, 1):
            rig = styler.random_rig(person, name=f"face {number}")
            faces.append(StyledFace(rig, rig))
            report(Progress("faces", 1 + number, total))
        write_rig(faces[0].rig, glb)
        report(Progress("files", 1, 4))
        write_rig(faces[0].rig, npz)
        report(Progress("files", 2, 4))
        show_faces(faces, sheet, style, own=True, title="Goblin")
        report(Progress("files", 3, 4))
        show_faces(faces, page, style, own=True)
        report(Progress("files", 4, 4))
    output.files(
        "demo",
        paths,
        [
            f"Learned: {style.learned}.",
            f"Done in {duration(output.seconds)}. Open {page} in a browser and move the sliders.",
        ],
        learned=style.learned,
        settings=style.settings,
        metrics=style.metrics,
    )
