# SPDX-License-Identifier: GPL-3.0-or-later
"""The edges that one sees of a model's own eyes and mouth, on any of its faces."""

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import head_geometry
from ..mesh_encoder.labels import EYE_CAVITY, MOUTH
from ..morphable_model import MorphableModel
from .eye_ball import EyeBall
from .eye_pieces import FittedEye
from .feature_lines import Edge, View, edge_of_opening, edge_of_slit
from .part_rims import part_rims

Array = NDArray[np.float64]

AXES = np.eye(3)
"""To the face's left, up and forwards in the model's frame."""

LIPS_REACH = 0.006
"""How far from the seam of the mouth's lining lips may have their edges, metres."""

_NEAR, _FAR = 0.6, 1.7  # eyeball radii from its centre, between which lids have their edges
_AROUND = 2.2  # eyeball radii


def skin_triangles(model: MorphableModel) -> NDArray[np.int32]:
    """The model's skin and what is one with it: sockets and mouth bag."""
    surface = head_geometry(model).surface
    return surface.triangles[surface.is_skin[surface.triangles].all(1)]


def eye_view(model: MorphableModel, face: Array, eye: FittedEye, ball: EyeBall) -> View | None:
    """The view from an eyeball through the lids of a face (N, 3), metres; None for a model without sockets."""
    rims = part_rims(model, EYE_CAVITY)
    rims = rims[np.linalg.norm(face[rims] - eye.ball.centre, axis=1) < _AROUND * eye.ball.radius]
    if not len(rims):
        return None
    return View.through(ball.centre, face[rims].mean(0), _NEAR * ball.radius, _FAR * ball.radius)


def lid_edge(model: MorphableModel, face: Array, eye: FittedEye) -> Edge | None:
    """The edge of the lids around an eye of a face (N, 3), metres."""
    view = eye_view(model, face, eye, eye.ball)
    return None if view is None else edge_of_opening(face, skin_triangles(model), view)


def lip_edge(model: MorphableModel, face: Array) -> Edge | None:
    """The edges of a face's lips; None for a model without a mouth bag."""
    seam = face[part_rims(model, MOUTH)]
    return edge_of_slit(face, skin_triangles(model), AXES, seam, LIPS_REACH) if len(seam) else None
