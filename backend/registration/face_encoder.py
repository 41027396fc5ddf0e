# SPDX-License-Identifier: GPL-3.0-or-later
"""Any face mesh to a latent code: the network's correspondences, then least squares, then closest points."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..mesh.clean_mesh import CleanMesh, clean_mesh
from ..mesh.nearest import SurfaceIndex
from ..mesh.operators import surface_operators
from ..mesh.own_frame import own_frame
from ..mesh.similarity import Similarity, similarity_fit
from ..mesh.simplify import simplified, spread
from ..mesh_encoder.inference import Correspondences, TrainedEncoder, single
from ..mesh_encoder.labels import EYEBALL, LASHES, OTHER, SKIN, triangle_labels
from ..mesh_encoder.placing import UNIT
from ..morphable_model import MorphableModel
from .certainty import Certainty, FaceCover
from .face_fit import HEAD, FaceFit, FaceFitter, Measurements
from .face_turn import Look, Turn, found_turn, placement, tilt_degrees
from .landmarks import Landmarks

Array = NDArray[np.float64]

_COARSE = 900  # vertices of the stand-in on which turns are tried
_FINE = 3000  # vertices of the stand-in that the network sees
_MEASURED = 3000  # points that the code is fitted to
_ROUNDS = 3  # on the finer stand-in
_NORMAL_WEIGHT = 0.006  # m
_SPACING = 0.002  # m
_AROUND = 4  # vertices that say where a point lies
_LANDMARK = 0.02  # of all measurements' weight, per landmark
_LANDMARKS_ALONE = 0.030  # m, their deviation where nothing else is known
_IN_A_ROW = 0.1


@dataclass(frozen=True, eq=False)
class FaceCode:
    """What a mesh's face is to a morphable model; n clean vertices.

    Attributes
    ----------
    fit
        Code and placement, fitted to the face.
    dense_fit
        The same from the network's correspondences alone, before closest points refine it.
    mesh
        The mesh, cleaned, in its own coordinates and in an order that does not hang on its file's.
    canonical, error
        (n, 3) point of the mean head that each vertex corresponds to, and (n,) how far that may be off, metres.
    label
        (n,) uint8, see `mesh_encoder.labels`.
    known
        (n,) probability that the model has the point at all: neither hair nor clothes.
    attracts
        (n,) between 0 and 1: how far a vertex may draw the model's skin.
    certainty
        How sure all this is.
    """

    fit: FaceFit
    dense_fit: FaceFit
    mesh: CleanMesh
    canonical: Array
    error: Array
    label: NDArray[np.uint8]
    known: Array
    attracts: Array
    certainty: Certainty

    def places_of(self, points: Array) -> Array:
        """Where points (P, 3) of the mean head lie on the mesh, (P, 3) in its own coordinates, by what the network says."""
        known = np.flatnonzero(~np.isin(self.label, (LASHES, OTHER)))
        rows = known if len(known) >= _AROUND else np.arange(len(self.label))
        away, near = KDTree(self.canonical[rows]).query(points, k=_AROUND)
        share = 1 / np.maximum(away, 1e-6) ** 2
        share /= share.sum(1, keepdims=True)
        return np.einsum("pk,pkx->px", share, self.mesh.vertices[rows[near]])


class FaceEncoder:
    """Encodes faces for one model; make it once.

    Parameters
    ----------
    model
        The morphable model.
    network
        The mesh encoder trained for it.
    """

    def __init__(self, model: MorphableModel, network: TrainedEncoder) -> None:
        self._network = network
        self.model = model
        self.fitter = FaceFitter(model, model.triangles[triangle_labels(model) != LASHES])
        self._template = SurfaceIndex(
            model.template.astype(np.float64), self.fitter.triangles, _SPACING, _NORMAL_WEIGHT
        )
        self._cover = FaceCover(model)

    def encode(self, vertices: Array, triangles: NDArray[np.integer], landmarks: Landmarks | None = None) -> FaceCode:
        """The code of a mesh of any unit, place, turn, triangulation and order: the same for the same head.

        Parameters
        ----------
        vertices, triangles
            (N, 3) and (M, 3).
        landmarks
            Places of model vertices on the mesh, in its own coordinates, that are known.

        Raises
        ------
        ValueError
            When no triangle has an area.
        """
        own = own_frame(clean_mesh(vertices, triangles))
        mesh, to_own = own.mesh, own.to_own
        if landmarks is not None:
            landmarks = Landmarks(landmarks.vertices, to_own(landmarks.points))
        stand_in = simplified(mesh, _FINE)
        coarse = simplified(stand_in, _COARSE)
        turn = found_turn(coarse, self._looking(coarse), to_own.rotation.T)
        marked = self._placed(landmarks)
        look = self._looking(stand_in)
        place = marked or turn.place
        for _ in range(_ROUNDS if marked is None else 0):
            place = placement(stand_in, look(place, True))[0]
        found = look(place, True)
        if marked is None:
            place = placement(stand_in, found)[0]
        canonical, error, chance = self._spread(mesh, stand_in, found)
        known = 1 - chance[:, OTHER]
        label = chance.argmax(1).astype(np.uint8)
        rows = spread(np.arange(len(mesh.vertices)), _MEASURED)
        sure = known[rows] / (1 + (error[rows] / 0.004) ** 2)
        measured = Measurements(mesh.vertices[rows], mesh.masses[rows] * sure)
        at = self._template.nearest(canonical[rows], mesh.normals[rows] @ place.rotation)
        triangle, weights = at.triangle, at.weights
        if landmarks is not None and len(landmarks.vertices):
            measured, triangle, weights = self._with(landmarks, measured, triangle, weights)
        dense = self.fitter.from_correspondences(measured, triangle, weights, 0.003)
        attracts = known * ~np.isin(label, (EYEBALL, LASHES))
        fit = self.fitter.refine(mesh, attracts, dense, landmarks)
        return FaceCode(
            fit=replace(fit, to_model=to_own.then(fit.to_model)),
            dense_fit=replace(dense, to_model=to_own.then(dense.to_model)),
            attracts=attracts,
            mesh=own.source,
            canonical=canonical,
            error=error,
            label=label,
            known=known,
            certainty=self._certainty(stand_in, found, place, turn, to_own),
        )

    def whole_fit(self, code: FaceCode, landmarks: Landmarks | None = None) -> FaceFit:
        """The head nearest to an encoded mesh, skull, ears and neck as well as the face."""
        return self.fitter.refine(code.mesh, code.attracts, code.dense_fit, landmarks, HEAD)

    def landmark_fit(self, landmarks: Landmarks) -> FaceFit:
        """The face nearest to three or more landmarks in a mesh's own coordinates, whatever else the mesh shows."""
        nothing = Measurements(np.zeros((0, 3)), np.zeros(0))
        places = self._with(landmarks, nothing, np.zeros(0, np.int64), np.zeros((0, 3)))
        return self.fitter.from_correspondences(*places, _LANDMARKS_ALONE)

    def _placed(self, landmarks: Landmarks | None) -> Similarity | None:
        """The similarity to the mean head that three or more landmarks speak for, unless they lie in a row."""
        if landmarks is None or len(landmarks.vertices) < 3:
            return None
        mean = self.model.template[landmarks.vertices].astype(np.float64)
        for points in (mean, landmarks.points):
            spread = np.linalg.svd(points - points.mean(0), compute_uv=False)
            if spread[1] < _IN_A_ROW * spread[0] or spread[0] == 0:
                return None
        return similarity_fit(landmarks.points, mean)

    def _with(
        self, landmarks: Landmarks, measured: Measurements, triangle: NDArray[np.int64], weights: Array
    ) -> tuple[Measurements, NDArray[np.int64], Array]:
        """The measurements and their places on the model, (P,) and (P, 3), with the landmarks among them."""
        rows, corner = [], []
        for vertex in landmarks.vertices:
            row, column = np.argwhere(self.fitter.triangles == vertex)[0]
            rows.append(row)
            corner.append(np.eye(3)[column])
        each = np.full(len(rows), _LANDMARK * measured.weights.sum() or 1.0)
        joined = Measurements(
            np.concatenate([measured.points, landmarks.points]), np.concatenate([measured.weights, each])
        )
        return joined, np.concatenate([triangle, rows]), np.concatenate([weights, np.stack(corner)])

    def _looking(self, mesh: CleanMesh) -> Look:
        """Asks the network about one mesh."""
        operators = single(surface_operators(mesh, self._network.shape.eigenpairs))

        def look(place: Similarity, placed: bool) -> Correspondences:
            positions, normals = place(mesh.vertices) / UNIT, mesh.normals @ place.rotation
            return self._network(positions, normals, operators.scaled(place.scale / UNIT), placed=placed)

        return look

    def _certainty(
        self, mesh: CleanMesh, found: Correspondences, place: Similarity, turn: Turn, to_own: Similarity
    ) -> Certainty:
        """What the correspondences of a mesh, or of its stand-in, tell of themselves."""
        spacing = place.scale * float(np.sqrt(mesh.areas.mean()))
        return Certainty(
            doubt_mm=1000 * placement(mesh, found)[1],
            tilt_degrees=tilt_degrees(place.rotation, to_own.rotation.T),
            margin=turn.margin,
            skin=float(mesh.masses @ found.chance[:, SKIN] / mesh.masses.sum()),
            covered=self._cover(found, spacing),
        )

    def _spread(self, mesh: CleanMesh, stand_in: CleanMesh, found: Correspondences) -> tuple[Array, Array, Array]:
        """Canonical points (n, 3), expected errors (n,), label probabilities (n, L) at the mesh's own vertices."""
        if mesh is stand_in:
            return found.canonical, found.error, found.chance
        reach = np.sqrt(stand_in.areas.mean())
        features = np.concatenate([stand_in.vertices, reach * stand_in.normals], axis=1)
        query = np.concatenate([mesh.vertices, reach * mesh.normals], axis=1)
        away, near = KDTree(features).query(query, k=3)
        share = 1 / np.maximum(away, 1e-9 * reach) ** 2
        share /= share.sum(1, keepdims=True)
        return (
            (found.canonical[near] * share[..., None]).sum(1),
            (found.error[near] * share).sum(1),
            (found.chance[near] * share[..., None]).sum(1),
        )


@cache
def default_face_encoder() -> FaceEncoder:
    """The shipped encoder of the default head."""
    from ..mesh_encoder.inference import load_default_trained_encoder

    return FaceEncoder(*load_default_trained_encoder())
