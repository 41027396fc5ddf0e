# SPDX-License-Identifier: GPL-3.0-or-later
"""Any face mesh to a latent code: the network's correspondences, then least squares, then closest points."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..mesh.clean_mesh import CleanMesh, clean_mesh
from ..mesh.nearest import SurfaceIndex
from ..mesh.operators import SurfaceOperators, surface_operators
from ..mesh.similarity import Similarity, similarity_fit
from ..mesh.simplify import simplified, spread
from ..mesh_encoder.inference import Correspondences, TrainedEncoder, single
from ..mesh_encoder.labels import EYEBALL, LASHES, OTHER, triangle_labels
from ..mesh_encoder.placing import UNIT, blind_placement
from ..morphable_model import MorphableModel
from ..pairs.placement import axis_rotations
from .face_fit import HEAD, FaceFit, FaceFitter, Measurements
from .landmarks import Landmarks

Array = NDArray[np.float64]

_COARSE = 900  # vertices of the stand-in on which turns are tried
_FINE = 3000  # vertices of the stand-in that the network sees
_MEASURED = 3000  # points that the code is fitted to
_TRIED = 3  # turns that are looked at again
_NORMAL_WEIGHT = 0.006  # m
_SPACING = 0.002  # m
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
        The mesh, cleaned, in its own coordinates.
    label
        (n,) uint8, see `mesh_encoder.labels`.
    known
        (n,) probability that the model has the point at all: neither hair nor clothes.
    attracts
        (n,) between 0 and 1: how far a vertex may draw the model's skin.
    doubt_mm
        Mean distance between the correspondences and a mere similarity; large when no face was found.
    """

    fit: FaceFit
    dense_fit: FaceFit
    mesh: CleanMesh
    label: NDArray[np.uint8]
    known: Array
    attracts: Array
    doubt_mm: float


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

    def encode(self, vertices: Array, triangles: NDArray[np.integer], landmarks: Landmarks | None = None) -> FaceCode:
        """The code of a mesh of any unit, place, turn and triangulation.

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
        mesh = clean_mesh(vertices, triangles)
        stand_in = simplified(mesh, _FINE)
        place = self._placed(landmarks) or self._turned(simplified(stand_in, _COARSE))
        operators = single(surface_operators(stand_in, self._network.shape.eigenpairs))
        found = self._look(stand_in, operators, place, placed=True)
        for _ in range(2):
            place = self._placed(landmarks) or _placement(stand_in, found)[0]
            found = self._look(stand_in, operators, place, placed=True)
        place, doubt = _placement(stand_in, found)
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
        return FaceCode(
            fit=self.fitter.refine(mesh, attracts, dense, landmarks),
            dense_fit=dense,
            attracts=attracts,
            mesh=mesh,
            label=label,
            known=known,
            doubt_mm=1000 * doubt,
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

    def _turned(self, mesh: CleanMesh) -> Similarity:
        """Which way the mesh is turned: 24 turns are tried, the best few again from where they led."""
        operators = single(surface_operators(mesh, self._network.shape.eigenpairs))
        scale, middle = blind_placement(mesh)
        tried: list[tuple[float, Similarity]] = []
        for turn in axis_rotations():
            start = Similarity(scale * UNIT, turn, -scale * UNIT * middle @ turn)
            place, doubt = _placement(mesh, self._look(mesh, operators, start, placed=False))
            tried.append((doubt, place))
        tried.sort(key=lambda entry: entry[0])
        again: list[tuple[float, Similarity]] = []
        for _, first in tried[:_TRIED]:
            turned = Similarity(scale * UNIT, first.rotation, -scale * UNIT * middle @ first.rotation)
            place, _ = _placement(mesh, self._look(mesh, operators, turned, placed=False))
            place, doubt = _placement(mesh, self._look(mesh, operators, place, placed=True))
            again.append((doubt, place))
        return min(again, key=lambda entry: entry[0])[1]

    def _look(
        self, mesh: CleanMesh, operators: SurfaceOperators, place: Similarity, *, placed: bool
    ) -> Correspondences:
        positions, normals = place(mesh.vertices) / UNIT, mesh.normals @ place.rotation
        return self._network(positions, normals, operators.scaled(place.scale / UNIT), placed=placed)

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


def _placement(mesh: CleanMesh, found: Correspondences) -> tuple[Similarity, float]:
    """The similarity to the mean head that the correspondences speak for, and their doubt, metres.

    The doubt is the distance that the similarity leaves plus the error that the network expects.
    """
    known, error, canonical = 1 - found.chance[:, OTHER], found.error, found.canonical
    weights = mesh.masses * (known + 1e-6) / (0.005**2 + error**2)
    place = similarity_fit(mesh.vertices, canonical, weights)
    away = np.linalg.norm(place(mesh.vertices) - canonical, axis=1)
    for _ in range(2):
        weights = mesh.masses * (known + 1e-6) / (0.005**2 + error**2) / (1 + (away / 0.01) ** 2)
        place = similarity_fit(mesh.vertices, canonical, weights)
        away = np.linalg.norm(place(mesh.vertices) - canonical, axis=1)
    share = mesh.masses / mesh.masses.sum()
    return place, float(share @ (np.minimum(away, 0.1) + np.minimum(error, 0.1)))


@cache
def default_face_encoder() -> FaceEncoder:
    """The shipped encoder of the default head."""
    from ..mesh_encoder.inference import load_default_trained_encoder

    return FaceEncoder(*load_default_trained_encoder())
