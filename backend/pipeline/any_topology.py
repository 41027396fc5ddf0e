# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces and pairs in the model's topology or in any other; the others are bound to the model first."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..export.part_groups import GROUPS
from ..mesh.similarity import Similarity
from ..mesh_files.mesh import Mesh
from ..mesh_files.mesh_file import read_mesh, read_mesh_pair
from ..morphable_model import MorphableModel, load_default
from ..morphable_model.library import home_of
from ..pairs.pair import Identity, Pair, read_identity, read_pair
from ..pairs.pair_checks import check_mouth_closed, check_style
from ..pairs.placement import nearest_face
from ..pairs.sculpt_order import in_neutral_order
from ..registration.known import NOTHING, Known
from ..rig import Rig
from ..style.own_mesh import OwnMesh
from ..style.style import Style

if TYPE_CHECKING:
    from ..registration.binding import Binding

Array = NDArray[np.float64]

_OTHER_TOPOLOGY = {"count", "order"}


@dataclass(frozen=True, eq=False)
class Face:
    """A neutral face for a style, and the way back to the artist's own mesh.

    Attributes
    ----------
    identity
        The face in the model's topology.
    binding
        Of a mesh in another topology; None when it has the model's.
    painted
        A mesh in the model's topology whose file has materials: its polygons, UVs and materials are the rig's.
    """

    identity: Identity
    binding: "Binding | None" = None
    painted: Mesh | None = None

    def own_rig(self, rig: Rig, model: MorphableModel) -> Rig:
        """A rig of this face as `Styler.rig` gives it, on the artist's own vertices in their order."""
        if self.binding is not None:
            return self.binding.carry(model, rig)
        own = rig.reordered(self.identity.input_order)
        return own if self.painted is None else _as_painted(own, self.painted)


def read_face(path: str | os.PathLike[str], model: MorphableModel, known: Known = NOTHING) -> Face:
    """Read one neutral head of any topology; ``known`` says what is known of how it lies on the model.

    Raises
    ------
    UserError
        With one sentence and a remedy for everything that can be wrong with it.
    """
    return opened_face(path, model, known)()


def opened_face(path: str | os.PathLike[str], model: MorphableModel, known: Known = NOTHING) -> Callable[[], Face]:
    """Read and check a file as `read_face` does; the function given back binds the head, which can take seconds.

    Raises
    ------
    UserError
        Both, with one sentence and a remedy.
    """
    try:
        identity = read_identity(path, model)
    except UserError as error:
        _check_can_bind(error, model)
    else:
        told = (*identity.conversions, *_unused(known, identity.name, model))
        return lambda: Face(replace(identity, conversions=told), painted=_painted(read_mesh(path), model))
    mesh = read_mesh(path)

    def bound() -> Face:
        binding = known.binding_of(mesh)
        _check_mouth(binding, model)
        rows, sentences = np.arange(len(model.template)), (*mesh.notes, _sentence(mesh.name, binding, model))
        return Face(Identity(mesh.name, binding.registered, rows, sentences, binding.to_model), binding)

    return bound


def read_any_pair(
    neutral_path: str | os.PathLike[str],
    styled_path: str | os.PathLike[str] | None,
    model: MorphableModel,
    known: Known = NOTHING,
) -> "tuple[Pair, Binding | None]":
    """Read a pair in any topology that its two meshes share, and the sculpt's binding if that is not the model's.

    ``known`` says what is known of how the neutral lies on the model.

    Raises
    ------
    UserError
        With one sentence and a remedy for everything that can be wrong with a pair.
    """
    try:
        pair = read_pair(neutral_path, styled_path, model)
        told = (*pair.conversions, *_unused(known, pair.name, model))
        return replace(pair, conversions=told), None
    except UserError as error:
        if styled_path is None:
            raise
        _check_can_bind(error, model)
    neutral, styled = read_mesh_pair(neutral_path, styled_path)
    styled, reordered = in_neutral_order(neutral, styled)
    binding = known.binding_of(neutral)
    _check_mouth(binding, model)
    sculpt = binding.shape_to_template(model, styled.vertices)
    check_style(binding.registered, sculpt, model, (neutral.name, styled.name), verified=True)
    pair = Pair(
        name=styled.name,
        neutral=binding.registered,
        styled=sculpt,
        input_order=np.arange(len(model.template)),
        conversions=tuple(
            dict.fromkeys([*neutral.notes, *styled.notes, *reordered, _sentence(neutral.name, binding, model)])
        ),
        to_model=binding.to_model,
    )
    return pair, binding.bound_to(styled.vertices, sculpt)


def own_mesh(binding: "Binding | None") -> OwnMesh | None:
    """What a style keeps of its pair's binding, as `read_any_pair` gives it; None when there is none."""
    if binding is None or binding.neutral is None:
        return None
    mesh = binding.mesh
    return OwnMesh(
        vertices=binding.placed.astype(np.float32),
        neutral=binding.neutral.astype(np.float32),
        polygons=mesh.polygons.astype(np.int32),
        corners=binding.corners,
        weights=binding.weights.astype(np.float32),
        label=binding.label,
        uv=None if mesh.uv is None else mesh.uv.astype(np.float32),
        uv_polygons=None if mesh.uv_polygons is None else mesh.uv_polygons.astype(np.int32),
        polygon_of=mesh.polygon_of,
    )


def pairs_own_rig(style: Style, rig: Rig, model: MorphableModel) -> Rig:
    """The rig of a style's own pair as `Styler.rig` gives it, on the vertices that the artist sculpted."""
    own = style.own
    if own is None:
        return rig.reordered(style.input_order)
    return _binding_of(style, own, model).carry(model, rig)


def moved_own_mesh(style: Style, model: MorphableModel, neutral: Array, sculpt: Array) -> OwnMesh | None:
    """The style's own mesh on another neutral and sculpt (N, 3) in its model's topology, metres."""
    own = style.own
    if own is None:
        return None
    on_sculpt = _binding_of(style, own, model)
    on_neutral = replace(
        on_sculpt,
        mesh=replace(on_sculpt.mesh, vertices=own.neutral.astype(np.float64)),
        registered=style.reference.astype(np.float64),
    )
    return replace(
        own,
        vertices=on_sculpt.carry_points(model, sculpt[None])[0].astype(np.float32),
        neutral=on_neutral.carry_points(model, neutral[None])[0].astype(np.float32),
    )


def _binding_of(style: Style, own: OwnMesh, model: MorphableModel) -> "Binding":
    """The binding of the artist's own sculpt, as the style keeps it."""
    from ..registration.binding import Binding

    return Binding(
        mesh=Mesh(
            own.vertices.astype(np.float64),
            own.polygons,
            own.uv,
            own.uv_polygons,
            style.name,
            polygon_of=own.polygon_of,
        ),
        topology_hash=style.topology_hash,
        to_model=Similarity(),
        registered=style.sculpt.astype(np.float64),
        corners=own.corners,
        weights=own.weights.astype(np.float64),
        label=own.label,
        expression=np.zeros(len(model.expression_names)),
    )


def _painted(mesh: Mesh, model: MorphableModel) -> Mesh | None:
    """The mesh if it has materials of its own, other than those that rigs get anyway, and the model's vertices."""
    ours = {group.name for group in GROUPS}
    own = any(material.name not in ours for material in mesh.materials)
    return mesh if own and mesh.face_material is not None and len(mesh.vertices) == len(model.template) else None


def _as_painted(rig: Rig, mesh: Mesh) -> Rig:
    """A rig on the same vertices with a mesh's polygons, UVs and materials."""
    part_of = np.full(len(rig.vertices), len(rig.part_names), np.uint8)
    corners = np.where(rig.polygons >= 0, rig.polygons, rig.polygons[:, :1])
    np.minimum.at(part_of, corners, rig.face_part[:, None])
    corners = np.where(mesh.polygons >= 0, mesh.polygons, mesh.polygons[:, :1])
    return replace(
        rig,
        polygons=mesh.polygons,
        uv=mesh.uv,
        uv_polygons=mesh.uv_polygons,
        face_part=part_of[corners].max(1),  # on a border between parts all vertices belong to the outer one as well
        polygon_of=mesh.polygon_of,
        materials=mesh.materials,
        face_material=mesh.face_material,
    )


def _unused(known: Known, name: str, model: MorphableModel) -> tuple[str, ...]:
    """A sentence where landmarks were given for a head that needs none."""
    if not known.landmarks:
        return ()
    return (f"“{name}” has the topology of “{model.name}”; it needs no binding, and its landmarks were not used.",)


def _check_mouth(binding: "Binding", model: MorphableModel) -> None:
    """Refuse a bound neutral head whose lips are apart, as one in the model's topology is."""
    to_face = nearest_face(binding.registered, model)[0]
    check_mouth_closed(binding.registered, model, binding.mesh.name, to_face.scale)


def _check_can_bind(refusal: UserError, model: MorphableModel) -> None:
    """Raise again what a binding can't mend: an encoder ships for the default head alone."""
    if refusal.code not in _OTHER_TOPOLOGY:
        raise refusal
    if model.topology_hash == load_default().topology_hash:
        return
    home = home_of(model)
    if refusal.code != "count" or home is None:
        raise refusal
    raise UserError(
        refusal.message,
        f"Start from the head that “onesculpt base --model {home.name}” writes. Heads of other topologies can be "
        "bound to the default head only, that is to styles that were made without --model.",
        code=refusal.code,
    ) from refusal


def _sentence(name: str, binding: "Binding", model: MorphableModel) -> str:
    residual = binding.residual
    return (
        f"“{name}” has another topology ({len(binding.mesh.vertices):,} vertices); it was bound to "
        f"“{model.name}”: mean distance {residual['mean_mm']:.2f} mm, 95 % below {residual['p95_mm']:.2f} mm."
    )
