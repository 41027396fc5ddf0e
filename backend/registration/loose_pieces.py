# SPDX-License-Identifier: GPL-3.0-or-later
"""Loose pieces of an artist's mesh: eyeballs, teeth, tongue, lashes, brows, hair and hats, each known as a whole."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..mesh.clean_mesh import CleanMesh
from ..mesh.nearest import SurfaceIndex
from ..mesh_encoder.labels import EYEBALL, LASHES, MOUTH, OTHER, SKIN, labelled_vertices, triangle_labels
from ..morphable_model import MorphableModel
from .eye_ball import EyeBall
from .eye_pieces import Kind, fitted_eyes
from .skin_pieces import skin_pieces

Array = NDArray[np.float64]
Labels = NDArray[np.uint8]

ON_SKIN, RIDING, IN_SOCKET, STILL = -1, -2, -3, -4
_IN_MOUTH = ("teeth_upper", "teeth_lower", "tongue")
_MOSTLY = 0.7
_INSIDE = 0.001  # m; a lid's inner edge may lie that deep in a fitted eyeball
_MOVES = 1e-3  # m; the sockets stretch a little with every lid
_ALONG = 0.006  # m; from teeth and tongue, or before the skin, on the mean
_BEHIND_LIPS = 0.012  # m; from teeth and tongue, of what lies behind the skin
_TOOTH = 0.035  # m; a single tooth with its root is smaller
_LARGE = 0.060  # m; larger pieces that do not lie along the skin are hats, hair and clothes
_ROOT, _ROOTS = 0.001, 1.3  # m; times the least distance of a piece that floats
_SPACING = 0.003  # m
_NAMED = 3  # loose pieces
_STILL = 1e-6  # m


@dataclass(frozen=True, eq=False)
class LoosePieces:
    """What each of n vertices of a mesh is, and what it is bound to.

    Attributes
    ----------
    label
        (n,) uint8, see `mesh_encoder.labels`.
    part
        (n,) the model's rigid part that carries the vertex; `ON_SKIN`; `RIDING` on the nearest skin,
        whichever way that faces; or `STILL`, which goes with the head and no expression.
    skin
        (n,) vertices of the components that are the head's skin.
    balls
        The mesh's own separate eyeballs, by the model's part.
    """

    label: Labels
    part: NDArray[np.intp]
    skin: NDArray[np.bool_]
    balls: dict[int, EyeBall] = field(default_factory=dict)


def loose_pieces(model: MorphableModel, fitted: Array, scan: CleanMesh, label: Labels) -> LoosePieces:
    """Tell what components that are no skin are, as wholes, by their shape, size and place.

    A network that sees one vertex and its surroundings at a time mixes up the layers of a game's eye.
    A component is an eyeball when it is much of a sphere about where the fitted face has one, or fills
    the opening between the lids when there is no such sphere; what else lies there rides on
    the lids. Pieces inside the mouth go with the row of teeth or the tongue that they lie along,
    brows and beards with the skin that they lie on; hats, hair and clothes stay where the head is.

    Parameters
    ----------
    model
        The model.
    fitted
        (N, 3) its face fitted to the mesh, metres.
    scan
        The mesh in the same frame.
    label
        (n,) what the network says; it counts on the skin, and beside the place for what is in the mouth.
    """
    label, part = label.copy(), np.full(len(label), ON_SKIN, np.intp)
    component = scan.components
    is_skin = skin_pieces(model, fitted, scan)
    skin = is_skin[component]
    pieces = [piece for number, piece in enumerate(_pieces(component)) if not is_skin[number]]
    eyes = fitted_eyes(model, fitted)
    around = _Surroundings(model, fitted)
    about: dict[int, list[tuple[NDArray[np.intp], Kind]]] = {eye.part: [] for eye in eyes}
    for piece in pieces:
        eye = next((eye for eye in eyes if eye.has_about(scan.vertices[piece])), None)
        if eye is not None:
            about[eye.part].append((piece, eye.kind_of(scan, piece)))
        else:
            kind, carrier = around.kind_of(scan, piece, label[piece])
            label[piece], part[piece] = kind, carrier
    balls: dict[int, EyeBall] = {}
    for eye in eyes:
        own = _own_eye(about[eye.part])
        for number, (piece, kind) in enumerate(about[eye.part]):
            if number in own:
                label[piece], part[piece] = EYEBALL, eye.part
            else:
                label[piece], part[piece] = LASHES if kind == "lashes" else OTHER, RIDING
        solid = [piece for number, (piece, kind) in enumerate(about[eye.part]) if number in own and kind != "detail"]
        if solid:
            balls[eye.part] = eye.ball_through(scan, np.concatenate(solid))
    if balls:
        label[(label == EYEBALL) & (part == ON_SKIN)] = SKIN
    else:  # a scan's eyes are one with its lids
        welded = np.flatnonzero((label == EYEBALL) & (part == ON_SKIN))
        if len(welded) and eyes:
            nearest = KDTree(np.stack([eye.ball.centre for eye in eyes])).query(scan.vertices[welded])[1]
            part[welded] = np.array([eye.part for eye in eyes])[nearest]
    return LoosePieces(label, part, skin, balls)


def _pieces(component: NDArray[np.integer]) -> list[NDArray[np.intp]]:
    """Vertices of each component."""
    return np.split(np.argsort(component, kind="stable"), np.cumsum(np.bincount(component))[:-1])


def _own_eye(about: list[tuple[NDArray[np.intp], Kind]]) -> set[int]:
    """Which of the pieces about an eye turn with it.

    Where there is a whole ball, what else fills the opening is a film over it; where there is none,
    it is the eye.
    """
    kinds = [kind for _, kind in about]
    solid = "ball" if "ball" in kinds else "front"
    own = {number for number, kind in enumerate(kinds) if kind == solid}
    return own | {number for number, kind in enumerate(kinds) if kind == "detail" and own}


class _Surroundings:
    """The skin and the mouth of a fitted face (N, 3), which tell what lies beside them."""

    def __init__(self, model: MorphableModel, fitted: Array) -> None:
        skin = model.triangles[triangle_labels(model) == SKIN]
        self._skin = SurfaceIndex(fitted, skin, _SPACING, 0.0)
        known = [name for name in _IN_MOUTH if name in model.part_names]
        self._rows = {model.part_names.index(name): fitted[model.part_vertices(name)] for name in known}
        self._mouth = KDTree(fitted[labelled_vertices(model, MOUTH)]) if self._rows else None

    def kind_of(self, scan: CleanMesh, piece: NDArray[np.intp], said: Labels) -> tuple[int, NDArray[np.intp] | int]:
        """Label, and carrier or carriers (k,), of a piece that lies about no eye; ``said`` (k,) by the network."""
        points = scan.vertices[piece]
        found = self._skin.nearest(points, np.zeros_like(points))
        before = ((points - found.points) * self._skin.normals[found.triangle]).sum(1) > 0
        share = scan.masses[piece] / scan.masses[piece].sum()
        if self._mouth is not None:
            distance = np.stack([KDTree(places).query(points)[0] for places in self._rows.values()])
            inner = self._mouth.query(points)[0]
            deep = share @ (~before | (inner < found.distance)) > _MOSTLY  # behind the lips, or between them
            along = distance.min(0).mean() < _ALONG or (said == MOUTH).mean() > _MOSTLY
            if deep and (along or share @ np.minimum(inner, 2 * _BEHIND_LIPS) < _BEHIND_LIPS):
                return MOUTH, np.array(list(self._rows))[_row_along(points, distance)]
        along_skin = share @ np.minimum(found.distance, 2 * _ALONG) < _ALONG
        small = np.ptp(points, axis=0).max() < _LARGE
        rides = along_skin or (small and found.distance.min() < _ALONG)
        return OTHER, RIDING if rides else STILL


def _row_along(points: Array, distance: Array) -> NDArray[np.intp]:
    """(k,) which of the teeth and tongue each point of a piece lies along: one for all, but for gums of both jaws.

    ``distance`` (R, k) is that of the points (k, 3) from each of them, metres.
    """
    nearest = distance.argmin(0)
    agreed = np.bincount(nearest).max() > _MOSTLY * len(points)
    if agreed or np.ptp(points, axis=0).max() < _TOOTH:
        nearest[:] = distance.mean(1).argmin()
    return nearest


def loose_things(scan: CleanMesh, pieces: LoosePieces) -> str:
    """A sentence on the largest pieces that are neither skin nor eyes nor mouth; empty where there are none."""
    component = scan.components
    loose = [piece for piece in _pieces(component) if not pieces.skin[piece[0]] and pieces.label[piece[0]] == OTHER]
    loose.sort(key=lambda piece: -float(scan.masses[piece].sum()))
    if not loose:
        return ""
    sizes = ", ".join(f"{len(piece):,}" for piece in loose[:_NAMED])
    more = "" if len(loose) <= _NAMED else " and more"
    return f"Leave out what is no head: loose pieces of {sizes} vertices{more} may be in the way."


def inside_eyeballs(model: MorphableModel, registered: Array, points: Array) -> NDArray[np.bool_]:
    """(n,) which points lie within the registered template's eyeballs: the floor of a socket, and no lid."""
    inside = np.zeros(len(points), bool)
    for eye in fitted_eyes(model, registered):
        inside |= eye.ball.height(points) < -_INSIDE
    return inside


def socket_floor(model: MorphableModel) -> NDArray[np.bool_]:
    """(M,) triangles of the eye sockets that no expression moves by more than a millimetre."""
    if "eye_cavity" not in model.part_names:
        return np.zeros(len(model.triangles), bool)
    still = np.linalg.norm(model.expression_basis, axis=2).max(0) < _MOVES
    return still[model.triangles].all(1) & (model.triangle_part == model.part_names.index("eye_cavity"))


def still_skin(model: MorphableModel) -> NDArray[np.bool_]:
    """(M,) triangles of the skin that no expression moves: what hats and clothes are bound to."""
    motion = np.linalg.norm(model.expression_basis, axis=2).max(0)[model.triangles].max(1)
    skin = triangle_labels(model) == SKIN
    return skin & (motion <= max(_STILL, np.quantile(motion[skin], 0.1)))


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
