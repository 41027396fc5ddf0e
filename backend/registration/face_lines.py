# SPDX-License-Identifier: GPL-3.0-or-later
"""Lid edge to lid edge and lip line to lip line: where a rough fit's own lines belong on a mesh."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..mesh.clean_mesh import CleanMesh
from ..morphable_model import MorphableModel
from .eye_pieces import fitted_eyes
from .feature_lines import counterparts, edge_of_opening, edge_of_slit
from .loose_pieces import LoosePieces
from .nonrigid import Guides
from .own_lines import AXES, LIPS_REACH, eye_view, lid_edge, lip_edge

Array = NDArray[np.float64]

_LIDS_OFF = 0.35  # eyeball radii; how far a rough fit's lids may lie from the mesh's


def face_lines(model: MorphableModel, start: Array, scan: CleanMesh, pieces: LoosePieces) -> Guides:
    """Points on a fitted head's lid edges and lip lines, and their places on those of a mesh.

    Closest points keep a corner of an eye or of the mouth from sliding to where the mesh has its own: every
    point of the skin is as good as the next. Lines say where. What a mesh does not show (an eye that
    is one with its lids, a fused mouth) has none.

    Parameters
    ----------
    model
        The model.
    start
        (N, 3) its head fitted to the mesh, metres.
    scan, pieces
        The mesh in the same frame, and what its pieces are.
    """
    other = scan.triangles[pieces.skin[scan.triangles].all(1)]
    return Guides.joined([*_lids(model, start, scan, pieces, other), *_lips(model, start, scan, other)])


def _lids(
    model: MorphableModel, start: Array, scan: CleanMesh, pieces: LoosePieces, other: NDArray[np.integer]
) -> Iterator[Guides]:
    for eye in fitted_eyes(model, start):
        mine = lid_edge(model, start, eye)
        view = eye_view(model, start, eye, pieces.balls.get(eye.part, eye.ball))
        if mine is None or view is None:
            continue
        theirs = edge_of_opening(scan.vertices, other, view, mine.points, _LIDS_OFF * eye.ball.radius)
        if theirs is not None:
            yield Guides(mine.corners, mine.weights, counterparts(mine, theirs, AXES[0]))


def _lips(model: MorphableModel, start: Array, scan: CleanMesh, other: NDArray[np.integer]) -> Iterator[Guides]:
    mine = lip_edge(model, start)
    if mine is None:
        return
    theirs = edge_of_slit(scan.vertices, other, AXES, mine.points, LIPS_REACH)
    if theirs is not None:
        yield Guides(mine.corners, mine.weights, counterparts(mine, theirs, AXES[0]))
