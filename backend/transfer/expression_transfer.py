# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of a source face carried to a styled face by deformation transfer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import FaceShape, HeadGeometry
from ..head.template import Component
from ..mesh.gradients import deformation_gradients
from ..mesh.poisson import PoissonSystem
from .part_motion import transfer_part_motion

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_SCREENING_LENGTH = 0.05  # m; how far a slider's motion may stray from the pushed-forward source motion
_FIXED = 1e3


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
    edges and a screened Poisson solve turns them into a surface (Sumner & Popović 2004), factored once
    a styled face for all expressions. Vertices that the source leaves still do not move at all. Eyeballs,
    teeth and tongue turn as the source's do. Contact is no concern of transfer.

    Parameters
    ----------
    head
        Geometry of the morphable model.
    """

    def __init__(self, head: HeadGeometry) -> None:
        self.head, surface = head, head.surface
        ever = head.moving.any(axis=0)
        self.rows = surface.triangles[ever[surface.triangles].any(axis=1)]
        self.members = np.unique(self.rows).astype(np.intp)
        local = np.full(len(surface.vertices), -1, dtype=np.int32)
        local[self.members] = np.arange(len(self.members))
        self.triangles = local[self.rows]
        self.anchors = np.where(ever[self.members], surface.masses[self.members] / _SCREENING_LENGTH**2, _FIXED)
        self.sliders = [_Slider(own, np.flatnonzero(own[self.rows].any(axis=1))) for own in head.moving]


class FaceTransfer:
    """`ExpressionTransfer` from one face to its styled self, both in the model's topology.

    ``deltas`` (E, N, 3) are the source's expressions, metres. They may move only vertices that the
    model's own move.
    """

    def __init__(self, transfer: ExpressionTransfer, source: FaceShape, styled: FaceShape, deltas: Array) -> None:
        self._all, self._source, self._styled, self._deltas = transfer, source, styled, deltas
        surface = transfer.head.surface
        push = deformation_gradients(source.vertices, styled.vertices, surface.triangles)
        self._push = surface.average_to_vertices(push)[transfer.members]
        self._system = PoissonSystem(styled.vertices[transfer.members], transfer.triangles, transfer.anchors)

    def carried(self, chosen: Sequence[int] | Indices, offsets: Array) -> Array:
        """Offsets (C, N, 3) of C expressions on the styled face, metres.

        Parameters
        ----------
        chosen
            Their rows.
        offsets
            (E, N, 3) styled offsets of what they are defined on top of; the others' do not matter.
        """
        every, basis = self._all, self._all.head.expressions
        own = [basis.base_offset(index, self._deltas) for index in chosen]
        starts = [self._styled.vertices + basis.base_offset(index, offsets) for index in chosen]
        edges = np.stack(
            [
                self._edge_changes(index, self._source.vertices + base, start)
                for index, base, start in zip(chosen, own, starts, strict=True)
            ]
        )
        anchors = np.einsum("nij,enj->eni", self._push, self._deltas[chosen][:, every.members])
        result = np.zeros((len(starts), *self._styled.vertices.shape))
        result[:, every.members] = self._system.solve(edges, anchors)
        for row, (index, base, start) in enumerate(zip(chosen, own, starts, strict=True)):
            result[row, ~every.sliders[index].active] = 0.0
            self._move_parts(result[row], index, self._source.vertices + base, start)
        return result

    def _edge_changes(self, index: int, source: Array, start: Array) -> Array:
        """(M, 3, 3) how the edges of the styled skin change, as `PoissonSystem.edges` orders them."""
        every = self._all
        touched = every.sliders[index].triangles
        changes = np.zeros((len(every.triangles), 3, 3))
        if len(touched):
            rows = every.rows[touched]
            gradients = deformation_gradients(source, source + self._deltas[index], rows) - np.eye(3)
            corners = start[rows]
            # Each edge runs towards the corner before the one that it starts at.
            edges = corners[:, [2, 0, 1]] - corners[:, [1, 2, 0]]
            changes[touched] = np.einsum("mij,mkj->mki", gradients, edges)
        return changes

    def _move_parts(self, offset: Array, index: int, source: Array, start: Array) -> None:
        """Fill in ``offset`` (N, 3) of eyeballs, teeth and tongue; an eyeball that turns stays within its lids."""
        head, delta = self._all.head, self._deltas[index]
        for part in head.loose_parts.wholes:
            vertices = part.vertices
            posed = self._part_moved(part, source, source + delta, start)
            ball = head.eyes.balls.get(part.part)
            if ball is not None and (delta[vertices] != 0).any():
                lids = head.eyes.lids[part.part]
                posed = ball.within(source, (source + delta)[vertices], start, posed, lids)
            offset[vertices] = posed - start[vertices]

    def _part_moved(self, part: Component, source: Array, source_posed: Array, start: Array) -> Array:
        """Where an eyeball, teeth or the tongue (P, 3) goes."""
        joint, vertices = self._all.head.joint_of_part.get(part.part), part.vertices
        own, moved, styled = source[vertices], source_posed[vertices], start[vertices]
        if joint is None:
            return transfer_part_motion(own, moved, styled, own.mean(0), styled.mean(0))
        return transfer_part_motion(own, moved, styled, self._source.joints[joint], self._styled.joints[joint])
