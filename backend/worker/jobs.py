# SPDX-License-Identifier: GPL-3.0-or-later
"""The job functions, by kind: each takes its settings and the context, and gives arrays and ``meta``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import UserError
from backend.protocol import (
    DoctorSettings,
    EnvironmentSettings,
    Event,
    IdentitiesSettings,
    Kind,
    PreviewSettings,
)

from .context import JobContext
from .rig_arrays import rig_arrays

Outcome = tuple[dict[str, NDArray[Any]], dict[str, Any]]


def identities(settings: IdentitiesSettings, context: JobContext) -> Outcome:
    """Neutral heads (max(1, count), N, 3) [m] with the surface they share.

    With ``components`` the first identity components come along as ``components`` (C, N, 3) [m].
    """
    from backend.morphable_model import load_default

    model = load_default()
    count = max(1, settings.count)
    codes = np.zeros((count, len(model.identity_basis)))
    if settings.count:
        codes = model.sample_identity(np.random.default_rng(settings.seed), count)
    context.checkpoint()
    arrays: dict[str, NDArray[Any]] = {
        "vertices": model.evaluate(codes, None).astype(np.float32),
        "components": model.identity_basis[: settings.components].astype(np.float32),
        "polygons": model.polygons,
    }
    for name in ("uv", "uv_polygons", "face_part", "source_vertex", "landmarks"):
        array = getattr(model, name)
        if array is not None:
            arrays[name] = array
    meta = {"model": model.name, "topology": model.topology_hash, "part_names": list(model.part_names or ())}
    return arrays, meta


def environment(settings: EnvironmentSettings, context: JobContext) -> Outcome:
    """Build the backend's own Python environment; ``meta`` says which interpreter to use from now on."""
    from backend.installer import Environment, Progress

    lock = Path(__file__).parents[1] / "requirements.lock"
    target = Environment(Path(settings.folder), (lock,))
    wheels = Path(settings.wheels) if settings.wheels else None

    def report(progress: Progress) -> None:
        context.report(Event(stage=progress.step, step=progress.done, steps=progress.total))

    target.install(context.path / "install.log", report, wheels)
    return {}, {"python": str(target.python)}


def doctor(_settings: DoctorSettings, _context: JobContext) -> Outcome:
    """What is wrong with this environment: ``findings`` in ``meta``."""
    from backend.doctor import run_doctor

    return {}, {"findings": [finding.to_json() for finding in run_doctor()]}


def preview(settings: PreviewSettings, context: JobContext) -> Outcome:
    """The pair's rig by deformation transfer alone, in the order of the artist's mesh."""
    from backend.interchange import read_pair
    from backend.morphable_model import load_default
    from backend.rig import Rig
    from backend.surface.head import head_geometry

    context.report(Event(stage="Reading the pair", step=1, steps=4))
    model = load_default()
    pair = read_pair(context.folder.arrays, None, model)
    context.report(Event(stage="Preparing the head", step=2, steps=4))
    geometry = head_geometry(model)
    source, target = geometry.face(pair.neutral), geometry.face(pair.styled)
    context.report(Event(stage="Carrying the expressions over", step=3, steps=4))
    skeleton = model.joint_parents
    if model.face_part is None or model.source_vertex is None or model.skin_weights is None or skeleton is None:
        raise ValueError(f"model {model.name!r} lacks parts that a rig needs")
    rig = Rig(
        name=settings.name,
        vertices=pair.styled.astype(np.float32),
        polygons=model.polygons,
        names=model.expression_names,
        deltas=geometry.expressions(source, target).astype(np.float32),
        uv=model.uv,
        uv_polygons=model.uv_polygons,
        face_part=model.face_part,
        part_names=model.part_names,
        source_vertex=model.source_vertex,
        joint_names=model.joint_names,
        joint_parents=tuple(int(parent) for parent in skeleton),
        joints=target.joints.astype(np.float32),
        skin_weights=model.skin_weights,
    )
    meta = {"model": model.name, "topology": model.topology_hash, "notes": list(pair.conversions)}
    return rig_arrays(rig, pair.input_order), meta


JOBS: dict[Kind, Callable[[Any, JobContext], Outcome]] = {
    Kind.DOCTOR: doctor,
    Kind.ENVIRONMENT: environment,
    Kind.IDENTITIES: identities,
    Kind.PREVIEW: preview,
}


def find_job(kind: Kind) -> Callable[[Any, JobContext], Outcome]:
    """The function for a kind of job.

    Raises
    ------
    UserError
        When this backend is too old to have it.
    """
    if kind not in JOBS:
        raise UserError(f"This backend can't do “{kind}” jobs.", "Update the backend.", code="kind")
    return JOBS[kind]
