# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's skin while it is fitted to a mesh: its points for any code, and what they find on the mesh."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..mesh.areas import vertex_areas
from ..mesh.normals import vertex_normals
from ..mesh.similarity import Similarity
from ..mesh_encoder.labels import SKIN, triangle_labels
from ..morphable_model import MorphableModel
from .closest_points import Places, ScanSurface
from .code_system import Points
from .face_region import face_membership
from .flattening import Flattening
from .landmarks import Landmarks

Array = NDArray[np.float64]

_LANDMARK = 0.01  # of the weight of everything, per landmark


@dataclass(frozen=True, eq=False)
class Seen:
    """What the P vertices of the skin found on a mesh; all in the model's frame but ``places``.

    Attributes
    ----------
    places
        The places, in the frame that the mesh was laid into first.
    face, normals
        (P, 3) the skin's points, metres, and unit normals.
    """

    places: Places
    face: Array
    normals: Array


class ModelSkin:
    """The skin of a model with its basis; make it once.

    Parameters
    ----------
    model
        The morphable model.
    basis
        (K, N, 3) its identity and expression basis, metres.
    """

    def __init__(self, model: MorphableModel, basis: Array) -> None:
        self._triangles = model.triangles[triangle_labels(model) == SKIN]
        self._rows = np.unique(self._triangles)
        self._basis, self._template = basis, model.template.astype(np.float64)
        self._modes = np.ascontiguousarray(basis[:, self._rows].transpose(1, 2, 0))
        self._areas = vertex_areas(self._template, self._triangles)[self._rows]
        self._in_face = face_membership(model)[self._rows]
        local = np.searchsorted(self._rows, self._triangles)
        self._flattening = Flattening(self._template[self._rows], local)

    def weights(self, behind: float) -> Array:
        """(P,) areas, m²; what is not the face counts the share ``behind`` of its area."""
        return self._areas * (behind + (1 - behind) * self._in_face)

    def look(self, surface: ScanSurface, code: Array, place: Similarity) -> Seen:
        """What the skin of a code (K,) finds on a mesh that ``place`` takes to the model's frame."""
        whole = self._template + np.tensordot(code, self._basis, axes=1)
        face, normals = whole[self._rows], vertex_normals(whole, self._triangles)[self._rows]
        turned = place.rotation.T
        places = surface.places((face - place.shift) @ turned / place.scale, normals @ turned)
        return Seen(places, face, normals)

    def lacking(self, seen: Seen) -> Array:
        """(P,) how far along its normals a mesh may lie beside the skin because it is coarse, metres."""
        return (self._flattening.offsets(seen.face, seen.places.edges) * seen.normals).sum(1)

    def pairs(
        self, seen: Seen, trust: Array, normals: Array, landmarks: Landmarks | None = None, errors: Array | None = None
    ) -> Points:
        """Skin and places as points to solve for, and after them the landmarks, if there are any.

        Parameters
        ----------
        seen
            P vertices and their places.
        trust, normals
            (P,), and (P, 3) unit normals along which distances count, model frame.
        landmarks
            Their points in the frame that the mesh was laid into first.
        errors
            (Q, P), see `Points`.
        """
        if landmarks is None:
            rest = self._template[self._rows]
            return Points(self._modes, rest, seen.places.points, trust, normals, errors)
        rows = np.concatenate([self._rows, landmarks.vertices])
        count = len(landmarks.vertices)
        if errors is not None:
            errors = np.concatenate([errors, np.zeros((len(errors), count))], axis=1)
        return Points(
            np.concatenate([self._modes, self._basis[:, landmarks.vertices].transpose(1, 2, 0)]),
            self._template[rows],
            np.concatenate([seen.places.points, landmarks.points]),
            np.concatenate([trust, np.full(count, _LANDMARK * trust.sum())]),
            np.concatenate([normals, np.zeros((count, 3))]),
            errors,
        )
