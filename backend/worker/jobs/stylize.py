# SPDX-License-Identifier: GPL-3.0-or-later
"""From the artist's pair to a style and its rig: trained, or at once by deformation transfer."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.export.rig_npz import rig_arrays
from backend.export.rig_sheet import thumbnail
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair
from backend.pipeline.any_topology import own_mesh
from backend.pipeline.preview import preview_style
from backend.pipeline.styler import Styler
from backend.protocol import Event, PreviewSettings, StylizeSettings
from backend.registration.binding import Binding
from backend.registration.file import save_binding
from backend.style.style import Style
from backend.style.style_file import save_style
from backend.worker.context import JobContext

from . import Outcome
from .meshes import bound_rig, requested_pair

Subject = tuple[Pair, MorphableModel, Binding | None]
"""A pair, its model, and its sculpt's binding when it has another topology."""

CHECKPOINT = "training.checkpoint"
"""Where a job keeps its training's state."""
STAGES = {"teacher": "Learning from random people", "views": "Looking from all sides", "train": "Fine-tuning the style"}
"""What a stage of the training is called in the panel."""


def preview(settings: PreviewSettings, context: JobContext) -> Outcome:
    """The pair's rig by deformation transfer alone, in the order of the artist's mesh."""
    context.report(Event(stage="Reading the pair", step=1, steps=4))
    subject = requested_pair(settings.name, context, settings.binding_path)
    pair, model, _ = subject
    context.report(Event(stage="Preparing the head", step=2, steps=4))
    style = preview_style(pair, model)
    context.report(Event(stage="Carrying the expressions over", step=3, steps=4))
    return _outcome(style, "", subject, settings.binding_path)


def stylize(settings: StylizeSettings, context: JobContext) -> Outcome:
    """Train the style, save it, and make the pair's rig; a killed run goes on where it was."""
    from backend.devices import choose_device
    from backend.learning.fine_tuning.settings import preset
    from backend.learning.perception.encoder import load_encoder
    from backend.learning.rendering.renderer import get_renderer
    from backend.pipeline.stylize import StylizeRun

    context.report(Event(stage="Reading the pair"))
    device = choose_device(settings.device)
    subject = requested_pair(settings.name, context, settings.binding_path)
    pair, model, binding = subject
    wanted = preset(settings.preset, seed=settings.seed, encoder=settings.encoder)
    context.report(Event(stage="Preparing the head"))
    run = StylizeRun(
        pair,
        wanted,
        encoder=load_encoder(wanted.encoder, device=device),
        renderer=get_renderer(),
        checkpoint=context.path / CHECKPOINT,
        stopped=lambda: _wish(context),
        model=model,
    )
    newest, notes = 0, list[str]()
    for progress in run.run():
        if progress.note:
            notes.append(progress.note)
            context.report(Event(stage=progress.note))
        if progress.preview is not None:
            shown = progress.preview[pair.input_order]
            if binding is not None:
                shown = binding.to_model.inverse(binding.carry_points(model, shown[None].astype(np.float64))[0])
            newest = context.preview(shown)
        context.report(
            Event(
                stage=STAGES.get(progress.stage, progress.stage),
                step=progress.step,
                steps=progress.steps,
                seconds_left=progress.seconds_left,
                losses={**progress.losses, "total": sum(progress.losses.values())} if progress.losses else {},
                preview=newest,
            )
        )
    context.report(Event(stage="Making the rig", step=1, steps=1))
    path = settings.style_path or str(context.path / f"{Path(settings.name).name or 'style'}.style")
    outcome = _outcome(run.style, path, subject, settings.binding_path, notes)
    (context.path / CHECKPOINT).unlink(missing_ok=True)
    return outcome


def _wish(context: JobContext) -> str:
    """What the training is told at every step; a pause waits here, a cancel is raised here."""
    context.checkpoint()
    return "best" if context.use_best_wanted else ""


def _outcome(style: Style, path: str, subject: Subject, binding_path: str, notes: Sequence[str] = ()) -> Outcome:
    pair, model, binding = subject
    plain = Styler(style, model).rig()
    rig = plain.reordered(pair.input_order) if binding is None else bound_rig(plain, model, binding)
    meta = {
        "model": style.model_name,
        "topology": style.topology_hash,
        "style": path,
        "metrics": style.metrics,
        "notes": [*pair.conversions, *notes],
        "binding": "",
    }
    if path:
        save_style(replace(style, thumbnail=thumbnail(plain), own=own_mesh(binding)), path)
    if binding is not None and binding_path:
        meta["binding"] = str(Path(binding_path).with_suffix(".sculpt.npz"))
        save_binding(binding, Path(meta["binding"]))
    return rig_arrays(rig), meta
