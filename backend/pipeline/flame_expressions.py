# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's expressions, landmarks and regions for a head model that has none, carried from the default head."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..head.geometry import head_geometry
from ..mesh.polar import nearest_rotations
from ..mesh.similarity import similarity_fit
from ..mesh_files.mesh import Mesh
from ..morphable_model import MorphableModel, load_default
from ..registration.bind import bind
from ..registration.binding import Binding
from ..rigging.styled_keys import styled_keys

Array = NDArray[np.float64]

_STILL = 1e-5  # m; what moves by less does not move at all
_DEAD = 5e-4  # m; an expression that moves nothing farther is left out: a face without tongue has no tongueOut


def with_expressions(model: MorphableModel) -> tuple[MorphableModel, dict[str, float]]:
    """The model with expressions, landmarks and regions of the default head, and the binding's distances in mm.

    The default head's expressions are carried to the default head laid over the model's template
    (deformation transfer with contact), and from there to the template's vertices. Eyeballs turn
    rigidly about the model's own joints.
    """
    head = load_default()
    mesh = Mesh(model.template.astype(np.float64), model.polygons, None, None, model.name)
    binding = bind(mesh)
    names, offsets = _carried(head, binding)
    to_template = binding.to_model.rotation.T / binding.to_model.scale
    offsets = offsets @ to_template
    for part in ("eye_l", "eye_r"):
        if part in model.part_names:
            _turn_eyeball(offsets, model, head, binding.to_model.rotation, part)
    offsets[np.linalg.norm(offsets, axis=2) < _STILL] = 0
    alive = np.linalg.norm(offsets, axis=2).max(1) > _DEAD
    kept = tuple(name for name, moves in zip(names, alive, strict=True) if moves)
    joints = np.zeros((len(kept), len(model.joint_names), 3), np.float32)
    expressive = replace(
        model,
        expression_names=kept,
        expression_basis=offsets[alive].astype(np.float32),
        joint_expression_basis=joints,
        landmarks=_landmarks(head, binding, model),
        regions=_regions(head, binding, model) | model.regions,
        provenance=model.provenance
        | {"expressions": "carried over from the default head by registration", "binding_mm": binding.residual},
    )
    return expressive, binding.residual


def _carried(head: MorphableModel, binding: Binding) -> tuple[tuple[str, ...], Array]:
    """Names and offsets (E, n, 3) on the mesh's vertices, in the default head's frame."""
    geometry = head_geometry(head)
    rest = geometry.face(head.template.astype(np.float64))
    offsets = styled_keys(head).expressions(rest, geometry.face(binding.registered))
    bases = np.tensordot(geometry.expressions.base_sliders, offsets, axes=1)
    result = np.empty((len(offsets), len(binding.corners), 3))
    for row, (offset, base) in enumerate(zip(offsets, bases, strict=True)):
        start = binding.carry_points(head, (binding.registered + base)[None])[0] if base.any() else binding.placed
        result[row] = binding.carry_points(head, (binding.registered + base + offset)[None])[0] - start
    return geometry.expressions.names, result


def _turn_eyeball(offsets: Array, model: MorphableModel, head: MorphableModel, to_head: Array, part: str) -> None:
    """Let an eyeball turn about the model's joint as the default head's does, in place.

    ``to_head`` (3, 3) turns rows of the model's frame into the default head's.
    """
    assert model.joints is not None  # noqa: S101 - FLAME has joints
    rows, own = model.part_vertices(part), head.part_vertices(part)
    arms = model.template[rows].astype(np.float64) - model.joints[model.joint_names.index(part)]
    eye = head.template[own].astype(np.float64)
    for row, basis in enumerate(head.expression_basis):
        turn = np.eye(3)
        if basis[own].any():
            turn = nearest_rotations(similarity_fit(eye, eye + basis[own]).matrix[None])[0]
        offsets[row, rows] = arms @ (to_head @ turn.T @ to_head.T - np.eye(3))


def _skin(model: MorphableModel) -> NDArray[np.intp]:
    return np.flatnonzero(model.regions["skin"])


def _landmarks(head: MorphableModel, binding: Binding, model: MorphableModel) -> NDArray[np.int32]:
    """The skin vertex (68,) nearest to each landmark of the default head laid over the template."""
    assert head.landmarks is not None  # noqa: S101 - the default head has them
    skin = _skin(model)
    nearest = KDTree(binding.placed[skin]).query(binding.registered[head.landmarks])[1]
    return skin[nearest].astype(np.int32)


def _regions(head: MorphableModel, binding: Binding, model: MorphableModel) -> dict[str, NDArray[np.bool_]]:
    skin = np.zeros(len(model.template), bool)
    skin[_skin(model)] = True
    shares = {name: (mask[binding.corners] * binding.weights).sum(1) for name, mask in head.regions.items()}
    return {name: (share > 0.5) & skin for name, share in shares.items()}
