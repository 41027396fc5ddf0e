# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and correctives of styled faces: carried over, then brought to what a face must keep."""

from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ..constraints.corrective_shapes import CorrectiveShapes
from ..constraints.expression_constraints import ExpressionConstraints, FaceConstraints
from ..constraints.mix_unfolding import MixUnfolding
from ..head.geometry import FaceShape, HeadGeometry, head_geometry
from ..morphable_model import MorphableModel
from ..transfer.expression_transfer import ExpressionTransfer, FaceTransfer

Array = NDArray[np.float64]


class StyledKeys:
    """Makes the keys of styled faces in one model's topology; see `styled_keys`."""

    def __init__(self, head: HeadGeometry) -> None:
        self._head = head
        self._transfer = ExpressionTransfer(head)
        self._constraints = ExpressionConstraints(head)

    @cached_property
    def correctives(self) -> CorrectiveShapes:
        """Corrective shapes for combinations of the model's expressions."""
        return CorrectiveShapes(self._constraints.contact)

    @cached_property
    def mixes(self) -> MixUnfolding:
        """Keeps skin the right way round in mixes of expressions and correctives."""
        return MixUnfolding(self._constraints.contact)

    def expressions(
        self,
        source: FaceShape,
        styled: FaceShape,
        deltas: Array | None = None,
        untuned: Array | None = None,
        *,
        untangle: bool = False,
    ) -> Array:
        """Offsets (E, N, 3) of every expression on a styled face, metres.

        Parameters
        ----------
        source, styled
            A face in the model's topology, and the same face in the style.
        deltas
            (E, N, 3) expressions of the source, metres, where they differ from the model's own. They may
            move only vertices that the model's own move.
        untuned
            (N, 3) the face whose lids and lips under the model's own expressions say what contact
            is, metres; None: the source under ``deltas``.
        untangle
            Part skin that an expression pushes through itself, teeth or eyeballs.
        """
        deltas = self._head.expressions.deltas if deltas is None else deltas
        transfer = FaceTransfer(self._transfer, source, styled, deltas)
        constraints = FaceConstraints(
            self._constraints, source.vertices, styled.vertices, deltas, untuned, untangle=untangle
        )
        offsets = np.zeros_like(self._head.expressions.deltas)
        for group in self._head.expressions.groups:
            if len(group):
                for index, carried in zip(group, transfer.carried(group, offsets), strict=True):
                    offsets[index] = constraints.kept(index, carried, offsets)
        return offsets

    def mixable(
        self, source: Array, styled: Array, offsets: Array, *, correctives: bool = True
    ) -> tuple[Array, dict[tuple[str, ...], Array]]:
        """Expressions (E, N, 3) that may act at once, and correctives (N, 3) by their sliders' names, metres.

        ``source`` and ``styled`` (N, 3) are the faces at rest.
        """
        mended = self.correctives(source, styled, offsets) if correctives else {}
        return self.mixes(source, styled, offsets, mended)


@lru_cache(maxsize=4)
def styled_keys(model: MorphableModel) -> StyledKeys:
    """The prepared keys of ``model``, made once per process."""
    return StyledKeys(head_geometry(model))
