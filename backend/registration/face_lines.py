# SPDX-License-Identifier: GPL-3.0-or-later
"""Lid edge to lid edge and lip line to lip line: where a rough fit's own lines belong on a mesh."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..mesh.clean_mesh import CleanMesh
from ..morphable_model import MorphableModel
from .eye_pieces import fitted_eyes
from .feature_lines import Edge, View, counterparts, edge_of_opening, edge_of_slit
from .landmarks import Landmarks, eye_rows, landmark_vertices
from .loose_pieces import LoosePieces
from .nonrigid import Guides
from .own_lines import AXES, LIPS_REACH, eye_view, lid_edge, lip_edge

Array = NDArray[np.float64]

_LIDS_OFF = 0.35  # eyeball radii; how far a rough fit's lids may lie from the mesh's
_SIDES = ("left", "right")
_FITTED = ("nose_tip", "chin", "ear_top_left", "ear_top_right", "ear_lobe_left", "ear_lobe_right")
_SAME = 0.004  # m; a landmark's vertex that near an edge's corner is that corner


def face_lines(
    model: MorphableModel, start: Array, scan: CleanMesh, pieces: LoosePieces, landmarks: Landmarks | None = None
) -> Guides:
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
    landmarks
        In the same frame: a corner that the artist has placed is where he says.
    """
    other = scan.triangles[pieces.skin[scan.triangles].all(1)]
    found = [*_lids(model, start, scan, pieces, other), *_lips(model, start, scan, other)]
    return Guides.joined([_guides(start, mine, theirs, landmarks) for mine, theirs in found])


def _guides(start: Array, mine: Edge, theirs: Edge, landmarks: Landmarks | None) -> Guides:
    own_ends, other_ends = mine.ends(AXES[0]), list(theirs.ends(AXES[0]))
    for number, end in enumerate(own_ends):
        if landmarks is None or not len(landmarks.vertices):
            continue
        away = np.linalg.norm(start[landmarks.vertices] - mine.points[end], axis=1)
        if away.min() < _SAME:
            said = landmarks.points[away.argmin()]
            other_ends[number] = int(np.linalg.norm(theirs.points - said, axis=1).argmin())
    return Guides(mine.corners, mine.weights, counterparts(mine, own_ends, theirs, (other_ends[0], other_ends[1])))


def seen_landmarks(model: MorphableModel, start: Array, scan: CleanMesh, pieces: LoosePieces) -> Landmarks | None:
    """Landmarks that a mesh with separate eyes shows, wherever its lids are, beside those that a rough fit is good for.

    None where the lids around both eyeballs are not to be seen.
    """
    other = scan.triangles[pieces.skin[scan.triangles].all(1)]
    vertices = landmark_vertices(model)
    found = {name: start[vertices[name]] for name in _FITTED if name in vertices}
    for eye in fitted_eyes(model, start):
        view = eye_view(model, start, eye, pieces.balls[eye.part]) if eye.part in pieces.balls else None
        if view is None:
            return None
        seen = scan.vertices[(pieces.part == eye.part) & (scan.vertices[:, 2] > view.centre[2])]
        lids = edge_of_opening(scan.vertices, other, View.through(view.centre, seen.mean(0), view.near, view.far))
        if lids is None:
            return None
        side = "left" if eye.ball.centre[0] > 0 else "right"
        found |= {f"{name}_{side}": lids.points[row] for name, row in eye_rows(lids, side).items()}
    for _, lips in _lips(model, start, scan, other):
        found |= {
            f"mouth_corner_{side}": lips.points[row] for side, row in zip(_SIDES, lips.ends(AXES[0]), strict=True)
        }
    names = [name for name in found if name in vertices]
    return Landmarks(np.array([vertices[name] for name in names], np.int64), np.stack([found[name] for name in names]))


def _lids(
    model: MorphableModel, start: Array, scan: CleanMesh, pieces: LoosePieces, other: NDArray[np.integer]
) -> Iterator[tuple[Edge, Edge]]:
    for eye in fitted_eyes(model, start):
        mine = lid_edge(model, start, eye)
        view = eye_view(model, start, eye, pieces.balls.get(eye.part, eye.ball))
        if mine is None or view is None:
            continue
        theirs = edge_of_opening(scan.vertices, other, view, mine.points, _LIDS_OFF * eye.ball.radius)
        if theirs is not None:
            yield mine, theirs


def _lips(
    model: MorphableModel, start: Array, scan: CleanMesh, other: NDArray[np.integer]
) -> Iterator[tuple[Edge, Edge]]:
    mine = lip_edge(model, start)
    if mine is None:
        return
    tried = (edge_of_slit(scan.vertices, other, AXES, mine.points, reach) for reach in (LIPS_REACH, 2 * LIPS_REACH))
    theirs = next((edge for edge in tried if edge is not None), None)
    if theirs is not None:
        yield mine, theirs
