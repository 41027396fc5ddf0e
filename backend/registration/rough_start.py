# SPDX-License-Identifier: GPL-3.0-or-later
"""The head that registration starts from: the fitted model's, and through the landmarks where there are any."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..mesh.clean_mesh import CleanMesh
from ..mesh.similarity import Similarity
from ..mesh_encoder.labels import SKIN
from .face_encoder import FaceCode, FaceEncoder
from .landmarks import TELLING, Landmarks, bent_through, landmark_vertices, through_landmarks
from .loose_pieces import Labels

Array = NDArray[np.float64]

_APART = 0.015  # m; landmarks that nobody placed stay, unless they are nearer to one that was
_AGREED = 0.006  # m, mean distance of landmarks from a fit at which the network has seen the face


@dataclass(frozen=True, eq=False)
class RoughStart:
    """Where registration starts.

    Attributes
    ----------
    place
        Takes the mesh's coordinates to the model's frame at the model's own size.
    vertices
        (N, 3) the model's head there, metres.
    label, known
        (n,) of the clean mesh's vertices: kind, and how surely the model has the point at all.
    misfit_mm
        How far the model's best face lies from the mesh; infinite where that face was not found.
    off_mm
        Mean distance of the landmarks from the fit before it was bent to them; 0 without landmarks.
    by_landmarks
        Whether nothing but the landmarks said where the face is.
    """

    place: Similarity
    vertices: Array
    label: Labels
    known: Array
    misfit_mm: float
    off_mm: float = 0.0
    by_landmarks: bool = False

    def agrees_with(self, landmarks: Landmarks) -> bool:
        """Whether landmarks in the model's frame lie about where they are on this start."""
        return _mean_distance(self.vertices[landmarks.vertices], landmarks.points) < _AGREED

    def scan(self, mesh: CleanMesh) -> CleanMesh:
        """The mesh in the model's frame."""
        return CleanMesh(self.place(mesh.vertices), mesh.triangles, mesh.row_of)


def rough_start(encoder: FaceEncoder, code: FaceCode, landmarks: Landmarks | None) -> RoughStart:
    """The start for one mesh.

    Landmarks rule: space with the fitted head is bent through them. Where they lie far from what the
    network makes of the mesh, the network has not seen its face, and its word on single vertices
    is worth nothing: then the head is fitted to the landmarks alone, and far-reaching rounds have
    to draw the rest of it onto the mesh.

    Parameters
    ----------
    encoder
        The encoder of the model.
    code
        What it makes of the mesh.
    landmarks
        In the mesh's own coordinates.
    """
    head = encoder.whole_fit(code, landmarks)
    vertices = encoder.fitter.vertices(head)
    if landmarks is None:
        return RoughStart(head.to_model, vertices, code.label, code.known, code.fit.residual_mm)
    off = _mean_distance(vertices[landmarks.vertices], head.to_model(landmarks.points))
    if len(landmarks.vertices) >= TELLING and off > _AGREED:
        return landmark_start(encoder, landmarks, code, 1000 * off)
    bent = _bent(encoder, vertices, Landmarks(landmarks.vertices, head.to_model(landmarks.points)))
    return RoughStart(head.to_model, bent, code.label, code.known, code.fit.residual_mm, 1000 * off)


def _bent(encoder: FaceEncoder, vertices: Array, landmarks: Landmarks) -> Array:
    """A fitted head (N, 3) bent through landmarks in its frame; what lies apart from them, other landmarks say, stays."""
    ends = vertices[landmarks.vertices]
    others = vertices[np.array(list(landmark_vertices(encoder.model).values()), np.int64)]
    others = others[KDTree(ends).query(others)[0] > _APART]
    return bent_through(np.concatenate([ends, others]), np.concatenate([landmarks.points, others]), vertices)


def landmark_start(encoder: FaceEncoder, landmarks: Landmarks, code: FaceCode, off_mm: float = 0.0) -> RoughStart:
    """The start by landmarks, in the mesh's own coordinates, alone: all that is one with the face is taken for skin."""
    head = encoder.landmark_fit(landmarks)
    vertices = encoder.fitter.vertices(head)
    bent = through_landmarks(Landmarks(landmarks.vertices, head.to_model(landmarks.points)), vertices)
    count = len(code.label)
    return RoughStart(
        head.to_model, bent, np.full(count, SKIN, np.uint8), np.ones(count), np.inf, off_mm, by_landmarks=True
    )


def _mean_distance(first: Array, second: Array) -> float:
    return float(np.linalg.norm(first - second, axis=1).mean())
