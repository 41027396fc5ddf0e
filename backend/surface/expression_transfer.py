# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of a source face carried to a styled face: deformation transfer that keeps contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

from ..rig.parts import RIDING
from .attachments import SkinAttachment
from .contact import ContactPairs, find_contacts
from .eye_guard import EyeGuard
from .gradients import deformation_gradients
from .inner_parts import affine_fit, transfer_part_motion
from .poisson import PoissonSystem
from .polar import nearest_rotations
from .template import TemplateSurface

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_STILL = 1e-5  # m; what the source moves by less does not move at all
_SCREENING_LENGTH = 0.05  # m; how far a slider's motion may stray from the pushed-forward source motion
_FIXED = 1e3
_CONTACT = 300.0
_TOUCHING = 0.002  # m; skin nearer than this in a sealing pose touches
_GUARD = 2.0
_GUARD_STEPS = 4
_SHORT_OF = 0.02  # in eyeball radii; by less than that, people's lids may differ from the template's
_MET = 0.003  # m; farther apart, a closing pair of the source has not met


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
    anchors: Array
    guard: EyeGuard | None
    contacts: ContactPairs | None  # of the template, in vertex indices; None: the slider seals nothing
    system: PoissonSystem | None  # None where contacts are sought on each face anew


class ExpressionTransfer:
    """Carries every expression of a morphable model to styled faces in the same topology.

    For each expression the source's per-triangle deformation gradients act on the styled face's
    edges and one screened Poisson solve turns them into a surface (Sumner & Popović 2004). Three
    things are added. Vertices that the source leaves still do not move at all. Vertices that touch
    in the source's pose keep the offset that they have there, so that lids and lips close on a
    sculpt of any size. Skin near an eyeball stays as far outside it as it is on the source.

    The systems depend on the template only and are factored once; those of the few sealing
    expressions also depend on what touches on each face and are factored for it.

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
    eye_parts, attached_parts
        Names of the eyeballs and of the pieces that ride on the skin.
    sealing
        Expressions that close something; only in them contact is enforced. Elsewhere it would pull
        lips into each other: single rolls and presses each reach for the other lip.
    """

    def __init__(
        self,
        surface: TemplateSurface,
        names: Sequence[str],
        deltas: Array,
        base_poses: Mapping[str, Iterable[str]],
        joint_of_part: Mapping[str, int],
        eye_parts: Iterable[str] = ("eye_l", "eye_r"),
        attached_parts: Iterable[str] = RIDING,
        sealing: Iterable[str] = ("eyeBlinkLeft", "eyeBlinkRight", "mouthClose"),
    ) -> None:
        self._surface = surface
        self._sealing = frozenset(sealing)
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

    @property
    def on_base(self) -> Indices:
        """Expressions that are defined on top of others."""
        return np.array(sorted(self._bases), dtype=np.intp)

    @property
    def base_sliders(self) -> Array:
        """(E, E) slider values on top of which each expression is defined."""
        values = np.zeros((len(self.names), len(self.names)))
        for index, bases in self._bases.items():
            values[index, bases] = 1.0
        return values

    def _base_offset(self, index: int, deltas: Array) -> Array:
        return deltas[self._bases.get(index, [])].sum(axis=0)

    def _prepare(self, index: int) -> _Slider | None:
        surface = self._surface
        moving = (np.linalg.norm(self._deltas[index], axis=1) > _STILL) & surface.is_skin
        if not moving.any():
            return None
        neutral = surface.vertices
        posed = neutral + self._base_offset(index, self._deltas) + self._deltas[index]
        contacts = None
        touched = moving.copy()
        if self.names[index] in self._sealing:
            contacts = find_contacts(neutral, posed, surface.neighbours, surface.skin, _TOUCHING)
            contacts = contacts.where(moving[contacts.first] | moving[contacts.second])
            touched[surface.skin] |= _near(posed[surface.skin], posed[moving])
        triangle_ids = np.flatnonzero(touched[surface.triangles].any(axis=1))
        members = np.unique(surface.triangles[triangle_ids]).astype(np.intp)
        local = np.full(len(neutral), -1, dtype=np.int32)
        local[members] = np.arange(len(members))
        slider = _Slider(
            active=np.flatnonzero(moving),
            members=members,
            triangles=local[surface.triangles[triangle_ids]],
            anchors=np.where(moving[members], surface.masses[members] / _SCREENING_LENGTH**2, _FIXED),
            guard=EyeGuard.build(neutral, posed, members[moving[members]], members, self._eyes),
            contacts=contacts,
            system=None,
        )
        return slider if contacts is not None else replace(slider, system=self._system(slider, None))

    def _system(self, slider: _Slider, contacts: ContactPairs | None) -> PoissonSystem:
        rows: list[sparse.csr_matrix] = []
        weights: list[Array] = []
        if contacts is not None and len(contacts):
            rows.append(contacts.difference_rows(len(self._surface.vertices))[:, slider.members])
            weights.append(contacts.weights(_CONTACT, len(self._surface.vertices)))
        if slider.guard is not None:
            rows.append(slider.guard.rows(len(slider.members)))
            weights.append(np.full(len(slider.guard), _GUARD))
        return PoissonSystem(
            self._surface.vertices[slider.members],
            slider.triangles,
            slider.anchors,
            sparse.csr_matrix(sparse.vstack(rows)) if rows else None,
            np.concatenate(weights) if weights else None,
        )

    def __call__(self, source: FaceShape, target: FaceShape, deltas: Array | None = None) -> Array:
        """Offsets (E, N, 3) of every expression on the target face, metres.

        Parameters
        ----------
        source
            A face in the model's topology.
        target
            The same face in the style.
        deltas
            (E, N, 3) expressions of the source, where they differ from the model's own. They may
            move only vertices that the model's own move.
        """
        deltas = self._deltas if deltas is None else deltas
        push = self._surface.average_to_vertices(
            deformation_gradients(source.vertices, target.vertices, self._surface.triangles)
        )
        offsets = np.zeros_like(self._deltas)
        order = sorted(range(len(self.names)), key=lambda index: index in self._bases)
        for index in order:
            base = self._base_offset(index, offsets)
            offsets[index] = self._transfer(index, source, target, push, base, deltas)
        return offsets

    def _transfer(
        self, index: int, source: FaceShape, target: FaceShape, push: Array, base: Array, deltas: Array
    ) -> Array:
        start = target.vertices + base
        source_start = source.vertices + self._base_offset(index, deltas)
        source_end = source_start + deltas[index]
        posed = start.copy()
        slider = self._sliders[index]
        if slider is not None:
            posed[slider.active] = self._solve_skin(
                slider, source_start, source_end, start, source, target, push
            )
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
        source_start: Array,
        source_end: Array,
        start: Array,
        source: FaceShape,
        target: FaceShape,
        push: Array,
    ) -> Array:
        members, system, contacts = slider.members, slider.system, slider.contacts
        if system is None or contacts is not None:
            contacts = self._contacts_of(slider, source, source_end)
            system = self._system(slider, contacts)
        gradients = deformation_gradients(source_start[members], source_end[members], slider.triangles)
        edges = np.einsum("mij,mkj->mki", gradients, system.edges(start[members]))[None]
        anchors = (
            start[members] + np.einsum("nij,nj->ni", push[members], (source_end - source_start)[members])
        )[None]
        values = [] if contacts is None else [_contact_offsets(contacts, members, source, target)]
        active_rows = np.searchsorted(members, slider.active)
        if slider.guard is None:
            solved = system.solve(edges, anchors, np.concatenate(values)[None] if values else None)[0]
            return solved[active_rows]
        solved = anchors[0]
        enough = slider.guard.distances(source_end)
        if slider.contacts is not None:
            # Closing lids of a linear model cut into the eyeballs of some people; the template's never do.
            enough = np.maximum(enough, slider.guard.clear - _SHORT_OF)
        for _ in range(_GUARD_STEPS):
            outside = slider.guard.project(solved, enough, target.vertices)
            solved = system.solve(edges, anchors, np.concatenate([*values, outside])[None])[0]
        return solved[active_rows]

    def _contacts_of(self, slider: _Slider, source: FaceShape, source_end: Array) -> ContactPairs | None:
        """What touches on this source face, and on the template where this face does not quite meet."""
        if slider.contacts is None:
            return None
        moving = np.zeros(len(source_end), dtype=bool)
        moving[slider.active] = True
        own = find_contacts(source.vertices, source_end, self._surface.neighbours, slider.members, _TOUCHING)
        own = own.where(moving[own.first] | moving[own.second])
        posed = source_end[slider.contacts.first] - source_end[slider.contacts.second]
        missed = slider.contacts.where(slider.contacts.closing & (np.linalg.norm(posed, axis=1) > _MET))
        return own.joined(missed)


def _near(points: Array, others: Array) -> NDArray[np.bool_]:
    """(P,) True where a point may come to touch one of the others."""
    return KDTree(others).query(points)[0] < 2 * _TOUCHING


def _contact_offsets(contacts: ContactPairs, members: Indices, source: FaceShape, target: FaceShape) -> Array:
    """Wanted x[first] − x[second] (K, 3): closing pairs meet as on the source, resting ones stay as sculpted."""
    first, second = contacts.first, contacts.second
    turn = nearest_rotations(affine_fit(source.vertices[members], target.vertices[members])[None])[0]
    change = contacts.offsets - (source.vertices[first] - source.vertices[second])
    resting = target.vertices[first] - target.vertices[second] + change @ turn.T
    return np.where(contacts.closing[:, None], contacts.offsets @ turn.T, resting)
