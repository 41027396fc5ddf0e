# SPDX-License-Identifier: GPL-3.0-or-later
"""What each expression of a styled face must keep: contact, triangles the right way round, stillness."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import HeadGeometry
from .correction import BLINKS, ContactCorrection, FaceContact
from .gentle_motion import GentleMotion
from .unfolding import Unfolding
from .untangling import FaceUntangling, Untangling

Array = NDArray[np.float64]


class ExpressionConstraints:
    """The constraints of every expression of a morphable model, prepared on its template.

    Parameters
    ----------
    head
        Geometry of the morphable model.
    """

    def __init__(self, head: HeadGeometry) -> None:
        self.head = head
        self.contact = ContactCorrection(head)
        self.gentle = GentleMotion(head.expressions.deltas)
        triangles = head.surface.triangles
        self.moved_triangles = [triangles[own[triangles].any(axis=1)] for own in head.moving]

    @cached_property
    def untangling(self) -> Untangling:
        """Parts skin that crosses; takes a while to prepare."""
        around = np.concatenate([*self.head.eyes.around.values(), np.zeros(0, dtype=np.intp)])
        return Untangling(self.head.surface, self.contact.space, around, self.head.loose_parts.riding)


class FaceConstraints:
    """`ExpressionConstraints` of one styled face.

    Parameters
    ----------
    constraints
        Those of the model.
    source, styled
        (N, 3) a face in the model's topology and the same face in the style, metres.
    deltas
        (E, N, 3) expressions of the source, metres.
    untuned
        (N, 3) the face whose lids and lips under the model's own expressions say what contact
        is, metres; None: the source under ``deltas``.
    untangle
        Part skin that an expression pushes through itself, teeth or eyeballs; see `Untangling`.
    """

    def __init__(
        self,
        constraints: ExpressionConstraints,
        source: Array,
        styled: Array,
        deltas: Array,
        untuned: Array | None,
        *,
        untangle: bool,
    ) -> None:
        self._all, self._source, self._styled = constraints, source, styled
        self._deltas = deltas
        touching, motion = (source, deltas) if untuned is None else (untuned, constraints.head.expressions.deltas)
        self._contact = FaceContact(constraints.contact, touching, styled, motion)
        self._untangling = FaceUntangling(constraints.untangling, styled) if untangle else None

    def kept(self, index: int, carried: Array, offsets: Array) -> Array:
        """An expression's offset (N, 3) that keeps what must be kept, metres.

        Parameters
        ----------
        carried
            (N, 3) its offset as transfer gives it, inner parts moved already.
        offsets
            (E, N, 3) kept offsets of what it is defined on top of.
        """
        head, every = self._all.head, self._all
        basis, skin = head.expressions, head.surface.is_skin[:, None]
        base = basis.base_offset(index, offsets)
        start, posed = self._styled + base, self._styled + base + carried
        if not head.moving[index].any():
            return posed - start
        # What the whole pose does to triangles counts, not what is added to its base.
        whole = basis.base_offset(index, self._deltas) + self._deltas[index]
        freedom = every.contact.freedom[index]
        unfolding = Unfolding(every.moved_triangles[index], self._source, whole, self._styled, freedom > 0)

        def settled(pose: Array) -> Array:
            moved = every.gentle(index, np.where(skin, pose - start, 0.0))
            moved = np.where(skin, moved, pose - start)  # eyeballs have turned; lids keep off them
            corrected = unfolding(base + self._contact.corrected(index, moved, base))
            return np.where(skin, self._styled + corrected, pose)

        posed = settled(posed)
        if self._untangling is not None and basis.names[index] not in BLINKS:
            away = np.asarray((posed != self._styled).any(axis=1))

            def flipped(pose: Array) -> int:
                return unfolding.flipped(pose - self._styled)

            source = self._source + whole
            posed = self._untangling.untangled(posed, away, source, freedom, settled, flipped)
        return self._finished(index, start, posed - start)

    def _finished(self, index: int, start: Array, offset: Array) -> Array:
        """The offset (N, 3) with riding pieces carried along, and still what is nearly still on the source."""
        parts, gentle = self._all.head.loose_parts, self._all.gentle
        result, calm = offset.copy(), gentle(index, parts.with_riding(start, offset), settled=True)
        faint = [part.vertices for part in parts.wholes if gentle.faint(index, part.vertices)]
        for vertices in [*faint, parts.riding]:
            result[vertices] = calm[vertices]
        return result
