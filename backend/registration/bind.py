# SPDX-License-Identifier: GPL-3.0-or-later
"""Binding an artist's mesh to a model: encode, fit, register, look every vertex up."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..head.geometry import head_geometry
from ..mesh.clean_mesh import CleanMesh
from ..mesh.nearest import SurfaceIndex
from ..mesh.similarity import Similarity
from ..mesh_encoder.labels import EYE_CAVITY, EYEBALL, LASHES, MOUTH, OTHER, SKIN, labelled_vertices, triangle_labels
from ..mesh_files.mesh import Mesh
from ..morphable_model import MorphableModel
from ..pairs.placement import UNITS
from .binding import Binding
from .binding_certainty import certainty_of, check_certainty
from .face_encoder import FaceEncoder, default_face_encoder
from .face_lines import face_lines, seen_landmarks
from .found_face import check_face, encoded
from .inner_parts import InnerParts
from .landmarks import Landmarks, check_on_mesh, checked_landmarks, landmark_vertices
from .loose_pieces import (
    IN_SOCKET,
    ON_SKIN,
    RIDING,
    STILL,
    Labels,
    LoosePieces,
    inside_eyeballs,
    loose_pieces,
    loose_things,
    root_of,
    socket_floor,
    still_skin,
)
from .nonrigid import FAR_STAGES, STAGES, NonRigidRegistration, Stage
from .rough_start import RoughStart, landmark_start, rough_start
from .sound_triangles import without_slivers

Array = NDArray[np.float64]

_INNER_TRUST = 0.02  # sockets and mouths of other meshes are shaped in other ways
_FINEST_FOLD = 0.0025  # m
PEOPLE_MM = 0.6
"""People's faces lie no farther from the model's best than this, millimetres."""

_UNIT_DOUBT = 1.35
_SPACING, _NORMAL_WEIGHT = 0.001, 0.002  # m
_ROUGH, _ROUGH_NORMAL = 0.002, 0.006  # m


def bind(
    mesh: Mesh,
    encoder: FaceEncoder | None = None,
    landmarks: Mapping[str, ArrayLike] | None = None,
    stages: tuple[Stage, ...] = STAGES,
    report: Callable[[str, float], None] = lambda _stage, _share: None,
) -> Binding:
    """Bind a head mesh of any topology, unit, place and turn.

    Other processors round in other ways, which moves the registered template by less than 1e-7 m.

    Parameters
    ----------
    mesh
        The artist's mesh.
    encoder
        Finds the face; None is the shipped one of the default head.
    landmarks
        Points (3,) in the mesh's own coordinates by name, see `landmarks.LANDMARK_NAMES`: as many as
        the artist has placed to mend a binding. Three or more also tell where and how large the face is.
    stages
        Rounds of the non-rigid registration.
    report
        Told the stage and the share of the work that is done.

    Raises
    ------
    UserError
        Codes ``not-a-face`` when no face is found, ``empty`` when the mesh has no surface,
        ``landmarks`` when a landmark's name or point is none.
    """
    encoder = default_face_encoder() if encoder is None else encoder
    model = encoder.model
    placed = placed_landmarks(model, checked_landmarks(landmarks or {}))
    if placed is not None:
        check_on_mesh(mesh, placed)
    report("encode", 0.0)
    code = encoded(mesh, encoder, placed)
    if placed is None:
        check_face(code, mesh.name)
    report("register", 0.2)
    start = rough_start(encoder, code, placed)
    place, scan = start.place, start.scan(code.mesh)
    pieces = loose_pieces(model, start.vertices, scan, start.label)
    seen = None
    if placed is None and start.misfit_mm > PEOPLE_MM:  # no person's face, but the mesh may show where its eyes are
        seen = seen_landmarks(model, start.vertices, scan, pieces)
    if seen is not None and not start.agrees_with(seen):
        start = landmark_start(encoder, Landmarks(seen.vertices, place.inverse(seen.points)), code)
        place, scan = start.place, start.scan(code.mesh)
        pieces = loose_pieces(model, start.vertices, scan, start.label)
    registered = _registered(model, start, scan, pieces, placed, stages)
    report("bind", 0.9)
    corners, weights, label = _bound(model, registered, scan, pieces, place(mesh.vertices))
    certainty = certainty_of(
        model,
        registered,
        scan,
        pieces.skin,
        place,
        None if placed is None else Landmarks(placed.vertices, place(placed.points)),
        None if placed is None else start.off_mm,
        code.certainty.doubt_mm,
    )
    check_certainty(certainty, mesh.name, loose_things(scan, pieces))
    size = life_size(place.scale)
    return Binding(
        mesh=mesh,
        topology_hash=model.topology_hash,
        to_model=Similarity(place.scale * size, place.rotation, place.shift * size),
        registered=registered * size,
        corners=corners,
        weights=weights,
        label=label,
        expression=code.fit.expression,
        certainty=certainty,
    )


def placed_landmarks(model: MorphableModel, landmarks: Mapping[str, Array]) -> Landmarks | None:
    """Named points of a mesh as vertices of the model and points; None when there are none."""
    vertices = landmark_vertices(model)
    names = [name for name in landmarks if name in vertices]
    if not names:
        return None
    points = np.stack([landmarks[name] for name in names])
    return Landmarks(np.array([vertices[name] for name in names], np.int64), points)


def life_size(scale: float) -> float:
    """What a head at the model's mean size has to be multiplied with to be as large as its file says.

    1 when the file's unit can't be told.
    """
    unit = min(UNITS.values(), key=lambda length: abs(np.log(scale / length)))
    ratio = unit / scale
    return float(ratio) if abs(np.log(ratio)) < np.log(_UNIT_DOUBT) else 1.0


def skin_registration(model: MorphableModel, misfit_mm: float) -> NonRigidRegistration:
    """The registration of a model's skin, sockets and mouth bag.

    Parameters
    ----------
    model
        The model.
    misfit_mm
        How far off its best face is. The less a mesh's face is a person's, the less its lids and lips
        have the model's folds, which soft rounds would crumple into something.
    """
    surface = head_geometry(model).surface
    pull = np.where(labelled_vertices(model, SKIN), 1.0, _INNER_TRUST)
    on_skin = surface.is_skin[surface.triangles].all(1)
    folds = labelled_vertices(model, EYE_CAVITY, MOUTH)
    for name in {"lids", "lips"} & set(model.regions):
        folds |= model.regions[name]
    finest = _FINEST_FOLD * np.clip((misfit_mm - PEOPLE_MM) / PEOPLE_MM, 0, 1)
    return NonRigidRegistration(surface.vertices, surface.triangles[on_skin], pull, np.where(folds, finest, 0.0))


def _registered(
    model: MorphableModel,
    start: RoughStart,
    scan: CleanMesh,
    pieces: LoosePieces,
    landmarks: Landmarks | None,
    stages: tuple[Stage, ...],
) -> Array:
    """The template (N, 3) drawn onto the mesh, loose parts taken along."""
    surface = head_geometry(model).surface
    on_skin = surface.is_skin[surface.triangles].all(1)
    trust = np.where(pieces.label == SKIN, 1.0, _INNER_TRUST)
    nothing = np.isin(pieces.label, (EYEBALL, LASHES, OTHER)) | (~pieces.skin & (pieces.label == SKIN))
    trust = np.where(nothing, 0.0, trust) * start.known
    # The fitted face knows better than the network what lies behind its lids and lips.
    index = SurfaceIndex(start.vertices, surface.triangles[on_skin], _ROUGH, _ROUGH_NORMAL)
    behind = triangle_labels(model)[on_skin][index.nearest(scan.vertices, scan.normals).triangle] != SKIN
    trust = np.where(behind, np.minimum(trust, _INNER_TRUST), trust)
    placed = None if landmarks is None else Landmarks(landmarks.vertices, start.place(landmarks.points))
    rounds = FAR_STAGES + stages if start.by_landmarks else stages
    registration = skin_registration(model, start.misfit_mm)
    registered = registration.register(
        start.vertices, scan, trust, placed, rounds, face_lines(model, start.vertices, scan, pieces, placed)
    )
    held = None if placed is None else placed.vertices
    return without_slivers(surface, InnerParts(model)(start.vertices, registered, pieces.balls), held)


def _bound(
    model: MorphableModel, registered: Array, scan: CleanMesh, pieces: LoosePieces, points: Array
) -> tuple[NDArray[np.int32], Array, Labels]:
    """Corners and weights on the template, and label, of each of the artist's vertices (n, 3)."""
    surface = head_geometry(model).surface
    labels = triangle_labels(model)
    on_skin = surface.is_skin[surface.triangles].all(1)
    found_label = pieces.label.copy()
    corners = np.zeros((len(scan.vertices), 3), np.int64)
    weights = np.zeros((len(scan.vertices), 3))
    carriers = pieces.part.copy()
    special = {ON_SKIN: on_skin, RIDING: on_skin & (labels == SKIN), STILL: still_skin(model)}
    floor = socket_floor(model)
    if floor.any():
        special[IN_SOCKET] = floor
        carriers[(carriers == ON_SKIN) & inside_eyeballs(model, registered, scan.vertices)] = IN_SOCKET
    for part in np.unique(carriers):
        rows = carriers == part
        chosen = special.get(part, model.triangle_part == part)
        facing = 0.0 if part in (RIDING, IN_SOCKET, STILL) else _NORMAL_WEIGHT
        index = SurfaceIndex(registered, surface.triangles[chosen], _SPACING, facing)
        found = index.nearest(scan.vertices[rows], scan.normals[rows])
        foot = root_of(scan, np.flatnonzero(rows), found.distance) if part == RIDING else slice(None)
        corners[rows] = index.triangles[found.triangle[foot]]
        weights[rows] = found.weights[foot]
        # What a vertex is bound to says what it is, but lashes, hair and clothes stay what they are.
        own = pieces.label[rows]
        found_label[rows] = np.where(np.isin(own, (LASHES, OTHER)), own, labels[chosen][found.triangle])
    row = scan.row_of
    lone = row < 0
    label = np.where(lone, OTHER, found_label[row]).astype(np.uint8)
    corners, weights = corners[row], weights[row]
    if lone.any():  # loose vertices: the nearest place will do
        index = SurfaceIndex(registered, surface.triangles[on_skin], _SPACING, 0.0)
        found = index.nearest(points[lone], np.zeros((int(lone.sum()), 3)))
        corners[lone], weights[lone] = index.triangles[found.triangle], found.weights
    return corners.astype(np.int32), weights, label
