# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished style on other heads: those of the scene, or random people."""

from typing import Any

from backend.errors import UserError
from backend.export.rig_npz import rig_arrays
from backend.morphable_model import MorphableModel, model_for
from backend.pipeline.any_topology import Face, pairs_own_rig, read_face
from backend.pipeline.styler import Styler
from backend.protocol import ApplySettings, Event
from backend.registration.known import NOTHING, Known
from backend.rig import Rig
from backend.style.style_file import load_style
from backend.worker.arrays import points, write_arrays
from backend.worker.context import JobContext

from . import Outcome
from .meshes import bound_rig, known_binding


def apply(settings: ApplySettings, context: JobContext) -> Outcome:
    """One rig for each of the request's faces, as ``rig_0.…``, ``rig_1.…``."""
    count = len(settings.faces)
    if count == 0 or count != len(settings.names):
        raise UserError("There is no head to apply the style to.", "Select heads, or ask for random people.")
    context.report(Event(stage="Reading the style", steps=count))
    style = load_style(settings.style_path)
    model = model_for(style.topology_hash, style.model_hash, style.model_name)
    styler = Styler(style, model)
    arrays: dict[str, Any] = {}
    requested = context.arrays()
    bindings = settings.bindings or ("",) * count
    given = zip(settings.faces, settings.names, bindings, strict=True)
    for number, (face, name, path) in enumerate(given):
        context.report(Event(stage="Styling heads", step=number, steps=count))
        if face == "head":
            found = _head(model, requested, number, context, path)
            rig, binding = styler.rig(found.identity, name), found.binding
            rig = found.own_rig(rig, model) if binding is None else bound_rig(rig, model, binding)
        else:
            rig = _known(styler, face, name)
            if face == "own":
                sculpt = known_binding(path, model)
                rig = bound_rig(rig, model, sculpt) if sculpt else pairs_own_rig(style, rig, model)
        arrays |= {f"rig_{number}.{part}": array for part, array in rig_arrays(rig).items()}
    meta = {"model": style.model_name, "topology": style.topology_hash, "style": settings.style_path, "rigs": count}
    return arrays, meta


def _known(styler: Styler, face: str, name: str) -> Rig:
    """The style on a face that needs no arrays."""
    kind, _, detail = face.partition(":")
    if kind == "own":
        return styler.rig(name=name)
    if kind == "random" and detail.isdecimal():
        return styler.random_rig(int(detail), name)
    raise UserError(f"This backend can't style a face called “{face}”.", "Update the backend.", code="kind")


def _head(
    model: MorphableModel, requested: dict[str, Any], number: int, context: JobContext, binding_path: str
) -> Face:
    """One of the request's heads, checked as a file would be, and bound when it has another topology."""
    vertices, faces = points(requested, f"head_{number}"), requested[f"faces_{number}"]
    path = context.path / f"head_{number}.npz"
    write_arrays(path, {"vertices": vertices, "faces": faces})
    binding = known_binding(binding_path, model)
    return read_face(path, model, NOTHING if binding is None else Known((binding,)))
