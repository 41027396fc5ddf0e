# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections that make transferred expressions keep the source's contact."""

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import HeadGeometry
from ..mesh.polar import nearest_rotations
from ..mesh.similarity import affine_fit
from .contact_pairs import closing_pairs
from .eye_guard import EyeGuard
from .lids import covering_rows, meeting_rows
from .lips import LipContact
from .rows import ContactRows
from .space import CorrectionSpace

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_NEAR_LIPS = 0.004  # m; of vertices that may touch on some face
_LENGTH = 0.003  # m; a correction fades within a few of these
_STILL, _FREE = 0.02, 0.10  # of a slider's largest motion: nothing is corrected below, all above
_READINESS = 0.6  # how much more readily the skin that moves further gives way
_STEPS = 3
_NOT_MET = 0.003  # m; farther apart, a closing pair of the source has not met
_MET = 1e-6  # m
_SHORT_OF = 0.02  # eyeball radii; by less than that, people's lids may differ from the template's
_UNSEEN = 0.005  # eyeball radii
_LINING = "eye_cavity"  # follows the lids; inside the eyeball it is not seen
BLINKS = ("eyeBlinkLeft", "eyeBlinkRight")


class ContactCorrection:
    """What a morphable model's expressions do with lids and lips, prepared on its template.

    Parameters
    ----------
    head
        Geometry of the morphable model.
    """

    def __init__(self, head: HeadGeometry) -> None:
        self.head, self.surface, basis = head, head.surface, head.expressions
        self.names, self.deltas, self.bases = list(basis.names), basis.deltas, basis.bases
        self.eyes = tuple(head.eyes.balls.values())
        self.around_eyes = tuple(head.eyes.around.values())
        skin = self.surface.skin
        motion = np.linalg.norm(self.deltas, axis=2)
        share = motion / np.maximum(motion[:, skin].max(axis=1, keepdims=True), 1e-12)
        ramp = np.clip((share - _STILL) / (_FREE - _STILL), 0.0, 1.0)
        self.freedom = ramp * ramp * (3.0 - 2.0 * ramp) * np.minimum(share, 1.0) ** _READINESS
        moving = skin[(self.freedom[:, skin] > 0).any(axis=0)]
        self.space = CorrectionSpace(self.surface.vertices, self.surface.triangles, moving, _LENGTH)
        self.guards = [self._guard(index) for index in range(len(self.names))]
        self.lips = self._lip_vertices()

    def _lip_vertices(self) -> Indices:
        surface = self.surface
        if "jawOpen" not in self.names:
            return np.zeros(0, dtype=np.intp)
        contact = LipContact(self.names, self.bases, surface.vertices, self.deltas, np.eye(3), surface.skin, _NEAR_LIPS)
        return contact.vertices()

    def _guard(self, index: int) -> EyeGuard | None:
        surface = self.surface
        moving = surface.skin[self.freedom[index][surface.skin] > 0]
        moving = moving[surface.vertex_part[moving] != _LINING]
        if not len(moving) or not len(self.eyes):
            return None
        posed = surface.vertices + self.deltas[index]
        # Lids that meet are held by so many conditions that those on edges would open them again.
        edges = None if self.names[index] in BLINKS else surface.triangles
        return EyeGuard.build(surface.vertices, posed, moving, self.eyes, edges)


class FaceContact:
    """The contact of one source face (N, 3) with its expressions (E, N, 3), to be kept on its styled face (N, 3), metres."""

    def __init__(self, correction: ContactCorrection, source: Array, target: Array, deltas: Array) -> None:
        self._all, self._source, self._target, self._deltas = correction, source, target, deltas
        self._enough: dict[int, Array] = {}
        self._lips: LipContact | None = None
        if len(correction.lips):
            self._lips = LipContact(
                correction.names,
                correction.bases,
                source,
                deltas,
                turn_of(source[correction.lips], target[correction.lips]),
                correction.lips,
            )

    def corrected(self, index: int, offset: Array, base: Array) -> Array:
        """The offset (N, 3) of one expression with its contact mended, metres.

        Parameters
        ----------
        offset
            (N, 3) what transfer gives, that of the eyeballs included: they may turn under the lids.
        base
            (N, 3) styled offset that the expression is defined on top of.
        """
        every = self._all
        result, freedom = offset.copy(), every.freedom[index]
        if not freedom.any():
            return result
        for _ in range(_STEPS):
            parts = self._lid_rows(index, result, base)
            parts += [] if self._lips is None else self._lips.rows(index, self._target, base, result)
            rows = ContactRows.joined(parts) if parts else None
            if rows is None or (rows.one_sided.all() and not (rows.wanted > _MET).any()):
                break
            result[every.space.members] += every.space.correct(rows, freedom)
        return result

    def _source_pose(self, index: int) -> Array:
        bases = list(self._all.bases.get(index, ()))
        return self._source + self._deltas[index] + self._deltas[bases].sum(axis=0)

    def _lid_rows(self, index: int, offset: Array, base: Array) -> list[ContactRows]:
        every, parts = self._all, []
        posed = self._target + base + offset
        guard = every.guards[index]
        if every.names[index] in BLINKS:
            moving = every.freedom[index] > 0
            for eye, around in zip(every.eyes, every.around_eyes, strict=True):
                closed = self._source_pose(index)
                pairs = closing_pairs(self._source, closed, around)
                # Where this face's own lids do not quite meet, the template's say what meets.
                template = every.surface.vertices
                wanted = closing_pairs(template, template + every.deltas[index], around)
                apart = np.linalg.norm(closed[wanted.first] - closed[wanted.second], axis=1)
                pairs = pairs.joined(wanted.where((apart > _NOT_MET) & wanted.nearest()))
                pairs = pairs.where(moving[pairs.first] | moving[pairs.second])
                if len(pairs):
                    turn = turn_of(self._source[around], self._target[around])
                    centre = self._target[eye.vertices].mean(0)
                    parts.append(meeting_rows(pairs, turn, self._source, self._target, posed, centre))
        if guard is not None:
            if index not in self._enough:
                self._enough[index] = self._far_enough(index, guard)
            parts.append(covering_rows(guard, posed, self._enough[index]))
        return parts

    def _far_enough(self, index: int, guard: EyeGuard) -> Array:
        """(G,) how far out guarded skin must be, see `EyeGuard.distances`."""
        enough = guard.distances(self._source_pose(index))
        if self._all.names[index] in BLINKS:
            # Closing lids of a linear model cut into the eyeballs of some people; the template's never do.
            return np.maximum(enough, guard.clear - _SHORT_OF)
        # What the sculptor buried in the eyeball may stay buried; what lies outside follows the
        # source's own lid no further into it than nobody sees.
        outside = np.minimum(guard.distances(self._target), 1.0) - _UNSEEN
        return np.maximum(enough - guard.shortfall(self._source, self._target), outside)


def turn_of(source: Array, target: Array) -> Array:
    """(3, 3) rotation that best carries points (P, 3) of the source to those of the styled face."""
    return nearest_rotations(affine_fit(source, target)[None])[0]
