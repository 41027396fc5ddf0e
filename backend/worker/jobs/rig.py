# SPDX-License-Identifier: GPL-3.0-or-later
"""All expressions on one neutral head of any topology, without a pair and without a style."""

from backend.export.rig_npz import rig_arrays
from backend.pipeline.hollow import filled, lacking
from backend.pipeline.own_rig import has_fused_mouth, own_rig
from backend.protocol import Event, RigSettings
from backend.worker.context import JobContext

from . import Outcome
from .meshes import requested_head


def rig(settings: RigSettings, context: JobContext) -> Outcome:
    """The head's rig on its own vertices and in their coordinates; ``lacking`` in the meta are inner parts that it has not."""
    context.report(Event(stage="Reading the head", step=1, steps=3))
    face, model = requested_head(settings.name, context, settings.binding_path)
    context.report(Event(stage="Carrying the expressions over", step=2, steps=3))
    styled, fused = own_rig(face, model), has_fused_mouth(face, model)
    seen = tuple(part for part in lacking(styled) if not (fused and part.in_mouth))
    made = filled(styled, seen, model) if settings.fill_inner else styled.rig
    meta = {
        "model": model.name,
        "topology": model.topology_hash,
        "style": "",
        "notes": [*face.identity.conversions],
        "binding": settings.binding_path if face.binding is not None else "",
        "lacking": [] if settings.fill_inner else [part.name for part in seen],
        "fused_mouth": fused,
    }
    return rig_arrays(made.moved(face.identity.to_model.inverted)), meta
