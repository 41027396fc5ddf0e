# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of a source face carried to a styled face: deformation transfer that keeps contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from .attachments import SkinAttachment
from .contact import ContactPairs, find_contacts
from .eye_guard import EyeGuard
from .gradients import deformation_gradients
from .inner_parts import transfer_part_motion
from .poisson import PoissonSystem
from .polar import nearest_rotations
from .template import TemplateSurface

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_STILL = 1e-5  # m; what the source moves by less does not move at all
_SCREENING_LENGTH = 0.05  # m; how far a slider's motion may stray from the pushed-forward source motion
_FIXED = 1e3
_CONTACT = 100.0
_GUARD = 3.0
_GUARD_STEPS = 4


@dataclass(frozen=True)
class FaceShape:
    """A face that expressions are carried from or to: (N, 3) vertices, (J, 3) joints, metres."""

    vertices: Array
    joints: Array


@dataclass(frozen=True, eq=False)
class _Slider:
    """What one expression needs, restricted to the vertices that it moves."""

    active: Indices  # skin vertices that the source moves
    members: Indices  # active vertices and the ring of fixed ones around them
    triangles: NDArray[np.int32]  # in member indices
    triangle_ids: Indices
    system: PoissonSystem
    contacts: ContactPairs | None  # in member indices
    guard: EyeGuard | None


class ExpressionTransfer:
    """Carries every expression of a morphable model to styled faces in the same topology.

    For each expression the source's per-triangle deformation gradients act on the styled face's
    edges and one screened Poisson solve turns them into a surface (Sumner & Popović 2004). Three
    things are added. Vertices that the source leaves still do not move at all. Vertices that touch
    in the source's pose keep the offset that they have there, so that lids and lips close on a
    sculpt of any size. Skin near an eyeball stays as far outside it as it is on the source.

    All systems depend on the template only and are factored once.

    Parameters
    ----------
    surface
        The template surface.
    names, deltas
        E expression names and their (E, N, 3) offsets, metres.
    base_poses
        For an expression that is defined on top of others (mouthClose on jawOpen): their names.
    joint_of_part
        Joint index about which each inner part turns.
    eye_parts
        Names of the eyeball parts.
    """

    def __init__(
        self,
        surface: TemplateSurface,
        names: Sequence[str],
        deltas: Array,
        base_poses: Mapping[str, Iterable[str]],
        joint_of_part: Mapping[str, int],
        eye_parts: Iterable[str] = ("eye_l", "eye_r"),
        attached_parts: Iterable[str] = ("lashes",),
    ) -> None:
        self._surface = surface
        self.names = tuple(names)
        self._deltas = np.asarray(deltas, dtype=np.float64)
        self._bases = {self.names.index(k): [self.names.index(n) for n in v] for k, v in base_poses.items()}
        self._joint_of_part = dict(joint_of_part)
        self._eyes = [c.vertices for c in surface.inner_components if c.part in set(eye_parts)]
        attached = set(attached_parts)
        self._rigid = [c for c in surface.inner_components if c.part not in attached]
        riding = [c.vertices for c in surface.inner_components if c.part in attached]
        self._attachment = SkinAttachment(surface, np.concatenate(riding)) if riding else None
        self._sliders = [self._prepare(index) for index in range(len(self.names))]

    def _base_offset(self, index: int) -> Array:
        return sum((self._deltas[base] for base in self._bases.get(index, [])), np.zeros_like(self._deltas[0]))

    def _prepare(self, index: int) -> _Slider | None:
        surface = self._surface
        moving = (np.linalg.norm(self._deltas[index], axis=1) > _STILL) & surface.is_skin
        if not moving.any():
            return None
        neutral = surface.vertices
        posed = neutral + self._base_offset(index) + self._deltas[index]
        found = find_contacts(neutral, posed, surface.neighbours, surface.skin)
        relevant = moving[found.first] | moving[found.second]
        touched = moving.copy()
        touched[found.first[relevant]] = True
        touched[found.second[relevant]] = True
        triangle_ids = np.flatnonzero(touched[surface.triangles].any(axis=1))
        members = np.unique(surface.triangles[triangle_ids])
        local = np.full(len(neutral), -1, dtype=np.int32)
        local[members] = np.arange(len(members))
        triangles = local[surface.triangles[triangle_ids]]
        anchors = np.where(moving[members], surface.masses[members] / _SCREENING_LENGTH**2, _FIXED)
        contacts = ContactPairs(
            local[found.first[relevant]].astype(np.intp),
            local[found.second[relevant]].astype(np.intp),
            found.offsets[relevant],
            found.closing[relevant],
        )
        guard = EyeGuard.build(surface.vertices, posed, members[moving[members]], members, self._eyes)
        rows: list[sparse.csr_matrix] = []
        weights: list[Array] = []
        if len(contacts):
            rows.append(contacts.difference_rows(len(members)))
            weights.append(contacts.weights(_CONTACT, len(members)))
        if guard is not None:
            rows.append(guard.rows(len(members)))
            weights.append(np.full(len(guard), _GUARD))
        system = PoissonSystem(
            neutral[members],
            triangles,
            anchors,
            sparse.vstack(rows).tocsr() if rows else None,
            np.concatenate(weights) if weights else None,
        )
        return _Slider(
            active=np.flatnonzero(moving),
            members=members,
            triangles=triangles,
            triangle_ids=triangle_ids,
            system=system,
            contacts=contacts if len(contacts) else None,
            guard=guard,
        )

    def __call__(self, source: FaceShape, target: FaceShape) -> Array:
        """Offsets (E, N, 3) of every expression on the target face, metres.

        Parameters
        ----------
        source
            A face of the morphable model.
        target
            The same face in the style.
        """
        push = self._surface.average_to_vertices(
            deformation_gradients(source.vertices, target.vertices, self._surface.triangles)
        )
        offsets = np.zeros_like(self._deltas)
        order = sorted(range(len(self.names)), key=lambda index: index in self._bases)
        for index in order:
            base = sum((offsets[b] for b in self._bases.get(index, [])), np.zeros_like(offsets[0]))
            offsets[index] = self._transfer(index, source, target, push, base)
        return offsets

    def _transfer(self, index: int, source: FaceShape, target: FaceShape, push: Array, base: Array) -> Array:
        start = target.vertices + base
        source_start = source.vertices + self._base_offset(index)
        source_end = source_start + self._deltas[index]
        posed = start.copy()
        slider = self._sliders[index]
        if slider is not None:
            posed[slider.active] = self._solve_skin(slider, index, source_start, source_end, start, target, push)
        for component in self._rigid:
            joint = self._joint_of_part.get(component.part)
            vertices = component.vertices
            posed[vertices] = transfer_part_motion(
                source_start[vertices],
                source_end[vertices],
                start[vertices],
                source_start[vertices].mean(0) if joint is None else source.joints[joint],
                start[vertices].mean(0) if joint is None else target.joints[joint],
            )
        if self._attachment is not None and slider is not None:
            posed[self._attachment.vertices] = self._attachment.follow(start, posed)
        return posed - start

    def _solve_skin(
        self,
        slider: _Slider,
        index: int,
        source_start: Array,
        source_end: Array,
        start: Array,
        target: FaceShape,
        push: Array,
    ) -> Array:
        members, system = slider.members, slider.system
        gradients = deformation_gradients(source_start[members], source_end[members], slider.triangles)
        edges = np.einsum("mij,mkj->mki", gradients, system.edges(start[members]))[None]
        anchors = (start[members] + np.einsum("nij,nj->ni", push[members], self._deltas[index][members]))[None]
        values = []
        if slider.contacts is not None:
            values.append(self._contact_offsets(slider.contacts, members, source_end, target, push))
        active_rows = np.searchsorted(members, slider.active)
        if slider.guard is None:
            solved = system.solve(edges, anchors, np.concatenate(values)[None] if values else None)[0]
            return solved[active_rows]
        solved = anchors[0]
        for _ in range(_GUARD_STEPS):
            outside = slider.guard.project(solved, source_end, target.vertices)
            solved = system.solve(edges, anchors, np.concatenate([*values, outside])[None])[0]
        return solved[active_rows]

    def _contact_offsets(
        self, contacts: ContactPairs, members: Indices, source_end: Array, target: FaceShape, push: Array
    ) -> Array:
        """Closing pairs take the source's offset; resting pairs keep the sculpt's, as far as the source does."""
        first, second = members[contacts.first], members[contacts.second]
        rotation = nearest_rotations(push[first])
        closed = np.einsum("kij,kj->ki", rotation, contacts.offsets)
        template = self._surface.vertices
        change = contacts.offsets - (template[first] - template[second])
        resting = target.vertices[first] - target.vertices[second] + np.einsum("kij,kj->ki", rotation, change)
        return np.where(contacts.closing[:, None], closed, resting)
