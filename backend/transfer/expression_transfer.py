# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of a source face carried to a styled face: deformation transfer that keeps contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..constraints.correction import BLINKS, ContactCorrection, FaceContact
from ..constraints.gentle_motion import GentleMotion
from ..constraints.unfolding import Unfolding
from ..constraints.untangling import FaceUntangling, Untangling
from ..head.attachments import SkinAttachment
from ..head.eyeball import Eyeball
from ..head.template import Component, TemplateSurface
from ..mesh.gradients import deformation_gradients
from ..mesh.poisson import PoissonSystem
from ..rig.parts import RIDING
from .part_motion import transfer_part_motion

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_STILL = 1e-5  # m; what the source moves by less does not move at all
_SCREENING_LENGTH = 0.05  # m; how far a slider's motion may stray from the pushed-forward source motion
_FIXED = 1e3


@dataclass(frozen=True)
class FaceShape:
    """A face that expressions are carried from or to: (N, 3) vertices, (J, 3) joints, metres."""

    vertices: Array
    joints: Array


@dataclass(frozen=True, eq=False)
class _Slider:
    """What one expression moves on the source.

    Attributes
    ----------
    active
        (N,) bool, skin that moves.
    triangles
        Rows of the skin's triangles that touch it.
    """

    active: NDArray[np.bool_]
    triangles: Indices


class ExpressionTransfer:
    """Carries every expression of a morphable model to styled faces in the same topology.

    For each expression the source's per-triangle deformation gradients act on the styled face's
    edges and one screened Poisson solve turns them into a surface (Sumner & Popović 2004). Vertices
    that the source leaves still do not move at all. Then a smooth correction makes lids and lips
    meet as they do on the source and keeps skin off eyeballs; see `ContactCorrection`.

    The systems depend on the template only and are factored once.

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
    ) -> None:
        self._surface = surface
        self.names = tuple(names)
        self._deltas = np.asarray(deltas, dtype=np.float64)
        self._bases = {self.names.index(k): [self.names.index(n) for n in v] for k, v in base_poses.items()}
        self._joint_of_part = dict(joint_of_part)
        attached = set(attached_parts)
        self._rigid = [c for c in surface.inner_components if c.part not in attached]
        riding = [c.vertices for c in surface.inner_components if c.part in attached]
        self._riding = np.concatenate([*riding, np.zeros(0, dtype=np.intp)])
        self._attachment = SkinAttachment(surface, self._riding) if riding else None
        self._prepare()
        eyes = [c for c in surface.inner_components if c.part in set(eye_parts)]
        self._balls = {eye.part: Eyeball(eye.vertices, surface.triangles) for eye in eyes}
        self.contact = ContactCorrection(surface, self.names, self._deltas, self._bases, list(self._balls.values()))

    @cached_property
    def _untangling(self) -> Untangling:
        around = np.concatenate([*self.contact.around_eyes, np.zeros(0, dtype=np.intp)])
        return Untangling(self._surface, self.contact.space, around, self._riding)

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

    def _prepare(self) -> None:
        surface = self._surface
        motion = np.linalg.norm(self._deltas, axis=2)
        moving = (motion > _STILL) & surface.is_skin
        ever = moving.any(axis=0)
        rows = surface.triangles[ever[surface.triangles].any(axis=1)]
        self._members = np.unique(rows).astype(np.intp)
        local = np.full(len(surface.vertices), -1, dtype=np.int32)
        local[self._members] = np.arange(len(self._members))
        self._triangles, self._rows = local[rows], rows
        self._anchors = np.where(
            ever[self._members], surface.masses[self._members] / _SCREENING_LENGTH**2, _FIXED
        )
        self._sliders = [_Slider(own, np.flatnonzero(own[rows].any(axis=1))) for own in moving]
        self._gentle = GentleMotion(self._deltas)

    def __call__(
        self,
        source: FaceShape,
        target: FaceShape,
        deltas: Array | None = None,
        untuned: Array | None = None,
        *,
        untangle: bool = False,
    ) -> Array:
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
        untuned
            (N, 3) the face whose lids and lips under the model's own expressions say what contact
            is, metres; None: the source under ``deltas``.
        untangle
            Part skin that an expression pushes through itself, teeth or eyeballs; see `Untangling`.
        """
        own = self._deltas if deltas is None else deltas
        push = self._surface.average_to_vertices(
            deformation_gradients(source.vertices, target.vertices, self._surface.triangles)
        )
        members = self._members
        system = PoissonSystem(target.vertices[members], self._triangles, self._anchors)
        contact = (
            self.contact.on(source.vertices, target.vertices, own)
            if untuned is None
            else self.contact.on(untuned, target.vertices)
        )
        untangling = self._untangling.on(target.vertices) if untangle else None
        offsets = np.zeros_like(self._deltas)
        for on_base in (False, True):
            chosen = [index for index in range(len(self.names)) if (index in self._bases) == on_base]
            if not chosen:
                continue
            bases = np.stack([self._base_offset(index, offsets) for index in chosen])
            starts = target.vertices + bases
            edges = np.stack(
                [
                    self._edge_changes(
                        index, source.vertices + self._base_offset(index, own), own[index], start
                    )
                    for index, start in zip(chosen, starts, strict=True)
                ]
            )
            anchors = np.einsum("nij,enj->eni", push[members], own[chosen][:, members])
            solved = system.solve(edges, anchors)
            for row, index in enumerate(chosen):
                offset = np.zeros_like(target.vertices)
                offset[members] = solved[row]
                offset[~self._sliders[index].active] = 0.0
                source_start = source.vertices + self._base_offset(index, own)
                offsets[index] = self._finished(
                    index, offset, bases[row], contact, untangling, source, target, source_start, own[index]
                )
        return offsets

    def with_riding_pieces(self, start: Array, offset: Array) -> Array:
        """A skin's offset (N, 3) from a pose (N, 3) with eyelashes carried along, metres."""
        if self._attachment is None:
            return offset
        result, riding = offset.copy(), self._riding
        result[riding] = self._attachment.follow(start, start + offset) - start[riding]
        return result

    def _edge_changes(self, index: int, source_start: Array, delta: Array, start: Array) -> Array:
        """(M, 3, 3) how the edges of the styled skin change, as `PoissonSystem.edges` orders them."""
        touched = self._sliders[index].triangles
        changes = np.zeros((len(self._triangles), 3, 3))
        if len(touched):
            rows = self._rows[touched]
            gradients = deformation_gradients(source_start, source_start + delta, rows) - np.eye(3)
            corners = start[rows]
            # Each edge runs towards the corner before the one that it starts at.
            edges = corners[:, [2, 0, 1]] - corners[:, [1, 2, 0]]
            changes[touched] = np.einsum("mij,mkj->mki", gradients, edges)
        return changes

    def _finished(
        self,
        index: int,
        offset: Array,
        base: Array,
        contact: FaceContact,
        untangling: FaceUntangling | None,
        source: FaceShape,
        target: FaceShape,
        source_start: Array,
        delta: Array,
    ) -> Array:
        """One expression's offset (N, 3) with its contact mended and the inner parts moved along."""
        start, skin, slider = target.vertices + base, self._surface.is_skin, self._sliders[index]
        freedom = self.contact.freedom[index]
        # What the whole pose does to triangles counts, not what is added to its base.
        whole, rows = source_start + delta - source.vertices, self._rows[slider.triangles]
        unfolding = Unfolding(rows, source.vertices, whole, target.vertices, freedom > 0)

        def settled(pose: Array) -> Array:
            moved = self._gentle(index, np.where(skin[:, None], pose - start, 0.0))
            moved = np.where(skin[:, None], moved, pose - start)  # eyeballs have turned; lids keep off them
            corrected = unfolding(base + contact.corrected(index, moved, base))
            return np.where(skin[:, None], target.vertices + corrected, pose)

        posed = start + np.where(skin[:, None], offset, 0.0)
        for part in self._rigid:
            pivots = source.joints, target.joints
            posed[part.vertices] = self._part_moved(part, source_start, source_start + delta, start, pivots)
            ball = self._balls.get(part.part)
            if ball is not None and (delta[part.vertices] != 0).any():
                own = (source_start + delta)[part.vertices]
                lids = self.contact.lids_of(ball)
                posed[part.vertices] = ball.within(source_start, own, start, posed[part.vertices], lids)
        if slider.active.any():
            posed = settled(posed)
            if untangling is not None and self.names[index] not in BLINKS:
                away = np.asarray((posed != target.vertices).any(axis=1))

                def flipped(pose: Array) -> int:
                    return unfolding.flipped(pose - target.vertices)

                posed = untangling.untangled(posed, away, source_start + delta, freedom, settled, flipped)
            gentle = self._gentle(index, self.with_riding_pieces(start, posed - start), settled=True)
            faint = [part.vertices for part in self._rigid if self._gentle.faint(index, part.vertices)]
            for vertices in [*faint, self._riding]:
                posed[vertices] = start[vertices] + gentle[vertices]
        return posed - start

    def _part_moved(
        self, part: Component, source: Array, source_posed: Array, start: Array, joints: tuple[Array, Array]
    ) -> Array:
        """Where an eyeball, teeth or the tongue (P, 3) goes; ``joints`` (J, 3) of source and styled face."""
        joint, vertices = self._joint_of_part.get(part.part), part.vertices
        own, moved, styled = source[vertices], source_posed[vertices], start[vertices]
        if joint is None:
            return transfer_part_motion(own, moved, styled, own.mean(0), styled.mean(0))
        return transfer_part_motion(own, moved, styled, joints[0][joint], joints[1][joint])
