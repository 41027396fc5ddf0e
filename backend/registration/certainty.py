# SPDX-License-Identifier: GPL-3.0-or-later
"""How sure it is that a face was found in a mesh, in every respect that can be told without one's knowing it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..mesh.areas import vertex_areas
from ..mesh_encoder.inference import Correspondences
from ..mesh_encoder.labels import SKIN, triangle_labels
from ..morphable_model import MorphableModel
from .face_region import face_membership

Array = NDArray[np.float64]

_UNSURE = 0.025  # m; a correspondence that may be farther off tells nothing
_NEAR = 0.012  # m
_EDGES = 1.0  # mean distances between neighbours, of coarse meshes


@dataclass(frozen=True)
class Certainty:
    """What speaks for a face that was found.

    Attributes
    ----------
    doubt_mm
        Mean distance between the correspondences and a mere similarity, and of what the network expects.
    tilt_degrees
        Angle between the head's way up and the nearer of +Y and +Z in its file.
    margin
        How many times more doubtful the next likely turn is, at most 10.
    skin
        Share of the mesh's area that is the skin of a head.
    covered
        Share of the mean face's area near which some of the mesh belongs.
    """

    doubt_mm: float
    tilt_degrees: float
    margin: float
    skin: float
    covered: float


class FaceCover:
    """Tells how much of a model's face correspondences cover; make it once."""

    def __init__(self, model: MorphableModel) -> None:
        areas = vertex_areas(model.template.astype(np.float64), model.triangles[triangle_labels(model) == SKIN])
        self._weights = areas * face_membership(model)
        self._rows = np.flatnonzero(self._weights > 0)
        self._points = model.template[self._rows].astype(np.float64)

    def __call__(self, found: Correspondences, spacing: float) -> float:
        """The share of the face's area within reach of what is skin; ``spacing`` is that of the mesh's vertices, metres."""
        sure = (found.chance[:, SKIN] > 0.5) & (found.error < _UNSURE)
        if not sure.any():
            return 0.0
        away = KDTree(found.canonical[sure]).query(self._points)[0]
        weights = self._weights[self._rows]
        return float(weights @ (away < max(_NEAR, _EDGES * spacing)) / weights.sum())
