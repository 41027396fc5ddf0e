# SPDX-License-Identifier: GPL-3.0-or-later
"""Loose pieces of an artist's mesh: eyeballs, teeth, tongue, lashes and films, each known as a whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..mesh.clean_mesh import CleanMesh
from ..mesh_encoder.labels import EYEBALL, LASHES, MOUTH, OTHER, SKIN
from ..morphable_model import MorphableModel

Array = NDArray[np.float64]
Labels = NDArray[np.uint8]

ON_SKIN, RIDING, IN_SOCKET = -1, -2, -3
_EYES, _IN_MOUTH = ("eye_l", "eye_r"), ("teeth_upper", "teeth_lower", "tongue")
_NEAR = 2.2  # eyeball radii around its centre: lashes and lids, no brows
_OFF_CENTRE, _ROUND = 0.8, 0.12  # of the radius
_SIZES = (0.6, 1.5)
_LEAST_SPHERE = 0.3  # of a whole sphere's area; films over an eye have less
_HUGS = 1.3  # radii within which a film lies
_MOSTLY = 0.7
_INSIDE = 0.001  # m; a lid's inner edge may lie that deep in a fitted eyeball
_STILL = 1e-3  # m; the sockets stretch a little with every lid
_ALONG = 0.006  # m; from teeth and tongue, on the mean
_TOOTH = 0.035  # m; a single tooth with its root is smaller
_ROOT, _ROOTS = 0.001, 1.3  # m; times the least distance of a piece that floats


@dataclass(frozen=True, eq=False)
class LoosePieces:
    """What each of n vertices of a mesh is, and what it is bound to.

    Attributes
    ----------
    label
        (n,) uint8, see `networks.mesh_encoder.labels`.
    part
        (n,) the model's rigid part that carries the vertex; `ON_SKIN`, or `RIDING` on the nearest skin,
        whichever way that faces.
    """

    label: Labels
    part: NDArray[np.intp]


def loose_pieces(model: MorphableModel, fitted: Array, scan: CleanMesh, label: Labels) -> LoosePieces:
    """Correct the labels of components that are no skin, as wholes, by their shape and place.

    A network that sees one vertex and its surroundings at a time mixes up the layers of a game's eye.
    A component is an eyeball when it is much of a sphere about where the fitted face has one, and what
    else lies there rides on the lids. Pieces inside the mouth go with the row of teeth or the tongue
    that they lie along.

    Parameters
    ----------
    model
        The model.
    fitted
        (N, 3) its face fitted to the mesh, metres.
    scan
        The mesh in the same frame.
    label
        (n,) what the network says.
    """
    label, part = label.copy(), np.full(len(label), ON_SKIN, np.intp)
    pieces = _pieces(scan, label)
    eyes, rows = (_parts(model, fitted, names) for names in (_EYES, _IN_MOUTH))
    found: list[NDArray[np.intp]] = []
    for piece in pieces:
        near = _near_eye(scan.vertices[piece], eyes)
        if near is not None:
            centre, radius = ball_of(eyes[near])
            if _is_eyeball(scan, piece, float(scan.masses[piece].sum()), centre, radius):
                label[piece], part[piece] = EYEBALL, near
                found.append(piece)
            else:
                hugs = np.linalg.norm(scan.vertices[piece] - centre, axis=1).max() < _HUGS * radius
                label[piece], part[piece] = OTHER if hugs else LASHES, RIDING
        elif rows:
            distance = np.stack([KDTree(places).query(scan.vertices[piece])[0] for places in rows.values()])
            if (label[piece] == MOUTH).mean() > _MOSTLY or distance.min(0).mean() < _ALONG:
                label[piece] = MOUTH
                part[piece] = np.array(list(rows))[_row_along(scan.vertices[piece], distance)]
    if found:
        label[(label == EYEBALL) & (part == ON_SKIN)] = SKIN
    else:  # a scan's eyes are one with its lids
        welded = np.flatnonzero((label == EYEBALL) & (part == ON_SKIN))
        if len(welded) and eyes:
            centres = KDTree(np.stack([points.mean(0) for points in eyes.values()]))
            part[welded] = np.array(list(eyes))[centres.query(scan.vertices[welded])[1]]
    return LoosePieces(label, part)


def ball_of(points: Array) -> tuple[Array, float]:
    """Centre (3,) and radius of the ball on which most of an eyeball's vertices (k, 3) lie."""
    centre = points.mean(0)
    return centre, float(np.median(np.linalg.norm(points - centre, axis=1)))


def _parts(model: MorphableModel, fitted: Array, names: tuple[str, ...]) -> dict[int, Array]:
    """Vertices of those named parts that the model has, by the part's index."""
    known = [name for name in names if name in model.part_names]
    return {model.part_names.index(name): fitted[model.part_vertices(name)] for name in known}


def _pieces(scan: CleanMesh, label: Labels) -> list[NDArray[np.intp]]:
    """Vertices of each component but the one with most skin."""
    component = scan.components
    skin = np.bincount(component, (label == SKIN) * scan.masses)
    pieces = np.split(np.argsort(component, kind="stable"), np.cumsum(np.bincount(component))[:-1])
    return [piece for index, piece in enumerate(pieces) if index != skin.argmax()]


def _near_eye(points: Array, eyes: dict[int, Array]) -> int | None:
    """The eye that all of a piece (k, 3) lies about; None when it lies elsewhere."""
    for part, ball in eyes.items():
        centre, radius = ball_of(ball)
        if np.linalg.norm(points - centre, axis=1).max() < _NEAR * radius:
            return part
    return None


def _is_eyeball(scan: CleanMesh, piece: NDArray[np.intp], area: float, centre: Array, radius: float) -> bool:
    """Whether a piece is much of a sphere that faces outwards, about as large and where the fitted eyeball is."""
    points = scan.vertices[piece]
    system = np.column_stack([2 * points, np.ones(len(points))])
    middle = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0][:3]  # |p|² = 2 p·c + k is linear
    away = points - middle
    length = np.linalg.norm(away, axis=1)
    size = float(np.median(length))
    return bool(
        _SIZES[0] < size / radius < _SIZES[1]
        and np.linalg.norm(middle - centre) < _OFF_CENTRE * radius
        and np.median(np.abs(length - size)) < _ROUND * size
        and area > _LEAST_SPHERE * 4 * np.pi * size**2
        and (away * scan.normals[piece]).sum(1).mean() > 0
    )


def _row_along(points: Array, distance: Array) -> NDArray[np.intp]:
    """(k,) which of the teeth and tongue each point of a piece lies along: one for all, but for gums of both jaws.

    ``distance`` (R, k) is that of the points (k, 3) from each of them, metres.
    """
    nearest = distance.argmin(0)
    agreed = np.bincount(nearest).max() > _MOSTLY * len(points)
    if agreed or np.ptp(points, axis=0).max() < _TOOTH:
        nearest[:] = distance.mean(1).argmin()
    return nearest


def inside_eyeballs(model: MorphableModel, registered: Array, points: Array) -> NDArray[np.bool_]:
    """(n,) which points lie within the registered template's eyeballs: the floor of a socket, and no lid."""
    inside = np.zeros(len(points), bool)
    for ball in _parts(model, registered, _EYES).values():
        centre, radius = ball_of(ball)
        inside |= np.linalg.norm(points - centre, axis=1) < radius - _INSIDE
    return inside


def socket_floor(model: MorphableModel) -> NDArray[np.bool_]:
    """(M,) triangles of the eye sockets that no expression moves by more than a millimetre."""
    if "eye_cavity" not in model.part_names:
        return np.zeros(len(model.triangles), bool)
    still = np.linalg.norm(model.expression_basis, axis=2).max(0) < _STILL
    return still[model.triangles].all(1) & (model.triangle_part == model.part_names.index("eye_cavity"))


def root_of(scan: CleanMesh, rows: NDArray[np.intp], distance: Array) -> NDArray[np.intp]:
    """For each of the riding vertices (k,) that vertex among them, 0 … k − 1, which holds it on the skin.

    It is the nearest of those that lie on the skin, or nearest to it, in the same component; without
    it the tips of lashes would go with the brow. ``distance`` (k,) is that from the skin, metres.
    """
    root = np.arange(len(rows))
    component = scan.components[rows]
    for number in np.unique(component):
        mine = np.flatnonzero(component == number)
        held = mine[distance[mine] <= max(_ROOT, _ROOTS * distance[mine].min())]
        root[mine] = held[KDTree(scan.vertices[rows[held]]).query(scan.vertices[rows[mine]])[1]]
    return root
