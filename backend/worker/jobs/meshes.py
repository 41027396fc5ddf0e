# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's own meshes in a job: bound when they have another topology, and rigs that go back onto them."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import UserError
from backend.mesh_files.mesh import Mesh, checked_mesh
from backend.morphable_model import MorphableModel, load_default
from backend.morphable_model.library import installed_models
from backend.pairs.pair import Pair, read_identity, read_pair
from backend.pipeline.any_topology import Face, read_any_pair, read_face
from backend.protocol import Event
from backend.registration.binding import Binding
from backend.registration.file import load_binding, save_binding
from backend.registration.kept_bindings import bound_once
from backend.registration.known import Known, is_of
from backend.rig import Rig
from backend.worker.arrays import points, write_arrays
from backend.worker.context import JobContext

STAGES = {
    "encode": "Finding the face",
    "register": "Drawing the base head onto the mesh",
    "bind": "Binding every vertex",
}
"""What a stage of a binding is called in the panel."""
OTHER_TOPOLOGY = {"count", "order"}
PERCENT = 100


def mesh_of(name: str, vertices: NDArray[Any], faces: NDArray[Any]) -> Mesh:
    """A mesh of the request, checked as a file would be."""
    return checked_mesh(Path(name), vertices.astype(np.float64), faces)


def bound(mesh: Mesh, path: str, context: JobContext, landmarks: Mapping[str, Any] | None = None) -> Binding:
    """The mesh's binding to the base head, found anew with progress; kept at ``path`` when one is given.

    Raises UserError when no face is found in it.
    """

    def report(stage: str, share: float) -> None:
        context.report(Event(stage=STAGES.get(stage, stage), step=int(PERCENT * share), steps=PERCENT))

    binding = bound_once(mesh, landmarks, report)
    if path:
        save_binding(binding, Path(path))
    return binding


def known_binding(path: str, model: MorphableModel) -> Binding | None:
    """The binding that an earlier job kept; None when there is none that can be used."""
    if not path or not Path(path).exists():
        return None
    with contextlib.suppress(UserError):  # another model's, or damaged: it is found anew
        return load_binding(Path(path), model)
    return None


def requested_pair(name: str, context: JobContext, binding_path: str) -> tuple[Pair, MorphableModel, Binding | None]:
    """The request's pair, its model, and the sculpt's binding when the two have another topology.

    The model is the default one, or the installed one whose topology the pair has.
    """
    default = load_default()
    try:
        return replace(read_pair(context.folder.arrays, None, default), name=name), default, None
    except UserError as error:
        for installed in installed_models():
            with contextlib.suppress(UserError):
                model = installed.load()
                return replace(read_pair(context.folder.arrays, None, model), name=name), model, None
        if error.code not in OTHER_TOPOLOGY:
            raise
    arrays, paths = context.arrays(), {}
    for part in ("neutral", "styled"):
        paths[part] = context.path / f"{part}.npz"
        write_arrays(paths[part], {"vertices": points(arrays, part), "faces": arrays["faces"]})
    binding = known_binding(binding_path, default)
    if binding is None:
        binding = bound(mesh_of(name, points(arrays, "neutral"), arrays["faces"]), binding_path, context)
    pair, sculpt = read_any_pair(paths["neutral"], paths["styled"], default, Known((binding,)))
    return replace(pair, name=name), default, sculpt


def requested_head(name: str, context: JobContext, binding_path: str) -> tuple[Face, MorphableModel]:
    """The request's one head and its model, bound to the default one when it has the topology of none.

    A binding that is kept at ``binding_path`` is used if it is of this head as it is now.
    """
    plain = "".join(letter if letter.isalnum() or letter in " -_." else "_" for letter in name)
    arrays, path, default = context.arrays(), context.path / f"{plain}.npz", load_default()
    vertices = points(arrays, "vertices")
    write_arrays(path, {"vertices": vertices, "faces": arrays["faces"]})
    refusals = list[UserError]()
    for model in (default, *(installed.load() for installed in installed_models())):
        try:
            return Face(read_identity(path, model)), model
        except UserError as error:
            refusals.append(error)
    if refusals[0].code not in OTHER_TOPOLOGY:
        raise refusals[0]
    mesh, kept = mesh_of(name, vertices, arrays["faces"]), known_binding(binding_path, default)
    if kept is None or not is_of(kept.mesh, mesh):
        kept = bound(mesh, binding_path, context)
    return read_face(path, default, Known((kept,))), default


def bound_rig(rig: Rig, model: MorphableModel, binding: Binding) -> Rig:
    """A rig as `Styler` makes it, on the vertices of a bound mesh and in their coordinates."""
    return binding.carry(model, rig).moved(binding.to_model.inverted)
