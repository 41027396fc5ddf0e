# SPDX-License-Identifier: GPL-3.0-or-later
"""Named points of a face that an artist can place to mend a binding."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import igl
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UserError
from ..mesh.similarity import similarity_fit
from ..mesh.topology import split_quads
from ..mesh_files.mesh import Mesh
from ..morphable_model import MorphableModel
from .eye_pieces import fitted_eyes
from .feature_lines import Edge
from .own_lines import AXES, lid_edge, lip_edge

Array = NDArray[np.float64]

_NUMBERS: dict[str, tuple[int, ...]] = {
    "chin": (8,),
    "nose_bridge": (27,),
    "nose_tip": (30,),
    "nose_base": (33,),
    "nostril_left": (35,),
    "nostril_right": (31,),
    "eye_inner_left": (42,),
    "eye_outer_left": (45,),
    "lid_upper_left": (43, 44),
    "lid_lower_left": (46, 47),
    "eye_inner_right": (39,),
    "eye_outer_right": (36,),
    "lid_upper_right": (37, 38),
    "lid_lower_right": (40, 41),
    "brow_inner_left": (22,),
    "brow_outer_left": (26,),
    "brow_inner_right": (21,),
    "brow_outer_right": (17,),
    "mouth_corner_left": (54,),
    "mouth_corner_right": (48,),
    "lip_upper": (51,),
    "lip_lower": (57,),
}
"""Numbers of iBUG 68 by name; a point between two of them where the scheme has no point in the middle."""

TELLING = 3  # landmarks that say how large a head is and where it looks
_SOFT = 0.015  # m, within which the bend of space around a landmark is round
_OFF_MESH = 0.1  # of the bounding box's diagonal
_EARS = ("ear_left", "ear_right")

LANDMARK_NAMES: tuple[str, ...] = (
    *_NUMBERS,
    *(f"{part}_{side}" for part in ("ear_top", "ear_lobe") for side in ("left", "right")),
)
"""Names of all landmarks; left and right are the face's own."""


@lru_cache(maxsize=4)
def landmark_vertices(model: MorphableModel) -> dict[str, int]:
    """The model's vertex of each landmark; empty for a model that has no landmarks.

    Corners of eyes and mouth, and the middles of the lids, lie on the edges that one sees, where the
    model has sockets and a mouth bag: that is where an artist would place them.
    """
    if model.landmarks is None:
        return {}
    found: dict[str, int] = {}
    template = model.template.astype(np.float64)
    for name, numbers in _NUMBERS.items():
        middle = template[model.landmarks[list(numbers)]].mean(0)
        side = model.regions.get(name)
        rows = np.flatnonzero(side) if side is not None and len(numbers) > 1 else model.landmarks[list(numbers)]
        found[name] = int(rows[((template[rows] - middle) ** 2).sum(1).argmin()])
    found |= _on_edges(model, template)
    for region in _EARS:
        if region in model.regions:
            rows = np.flatnonzero(model.regions[region])
            side = region.removeprefix("ear")
            found[f"ear_top{side}"] = int(rows[template[rows, 1].argmax()])
            found[f"ear_lobe{side}"] = int(rows[template[rows, 1].argmin()])
    return found


def _on_edges(model: MorphableModel, template: Array) -> dict[str, int]:
    """The vertices next to the corners of what is seen of eyes and mouth, and to the middles of the lids."""
    found: dict[str, int] = {}
    for eye in fitted_eyes(model, template):
        lids = lid_edge(model, template, eye)
        if lids is None:
            continue
        side = "left" if eye.ball.centre[0] > 0 else "right"
        found |= {f"{name}_{side}": lids.vertex(row) for name, row in eye_rows(lids, side).items()}
    lips = lip_edge(model, template)
    if lips is not None:
        left, right = lips.ends(AXES[0])
        found |= {"mouth_corner_left": lips.vertex(left), "mouth_corner_right": lips.vertex(right)}
    return found


def eye_rows(lids: Edge, side: str) -> dict[str, int]:
    """Rows of the points of a lids' edge that are landmarks, by their names without the face's ``side``."""
    outer, inner = lids.ends(AXES[0]) if side == "left" else lids.ends(AXES[0])[::-1]
    upper, lower = lids.middles(AXES[0])
    return {"eye_outer": outer, "eye_inner": inner, "lid_upper": upper, "lid_lower": lower}


def checked_landmarks(landmarks: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """Points (3,) by landmark name.

    Raises
    ------
    UserError
        Code ``landmarks`` when a name is unknown or a point is not three finite numbers.
    """
    checked: dict[str, Array] = {}
    for name, point in landmarks.items():
        if name not in LANDMARK_NAMES:
            raise UserError(
                f"There is no landmark “{name}”.", f"The names are {', '.join(LANDMARK_NAMES)}.", "landmarks"
            )
        try:
            place = np.array(point, np.float64)
        except (ValueError, TypeError):
            place = np.empty(0)
        if place.shape != (3,) or not np.isfinite(place).all():
            raise UserError(
                f"The landmark “{name}” is no point.",
                "Give it three numbers [x, y, z] in the mesh’s own coordinates.",
                code="landmarks",
            )
        checked[name] = place
    return checked


def check_on_mesh(mesh: Mesh, landmarks: "Landmarks") -> None:
    """Refuse landmarks far from a mesh, in whose coordinates they are: they belong to another file or unit.

    Raises
    ------
    UserError
        Code ``landmarks``.
    """
    if not len(mesh.polygons):
        return
    size = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    triangles = split_quads(mesh.polygons)[0].astype(np.int64)
    away = np.asarray(igl.point_mesh_squared_distance(landmarks.points, mesh.vertices, triangles)[0])
    if not np.median(away) < (_OFF_MESH * size) ** 2:
        raise UserError(
            f"The landmarks do not lie on “{mesh.name}”.",
            "Give them in the mesh’s own coordinates and unit; “onesculpt bind MESH -o landmarks.json” writes some.",
            code="landmarks",
        )


def through_landmarks(landmarks: "Landmarks", start: Array) -> Array:
    """A head (N, 3) laid over its landmarks, in their frame, as well as a similarity can, and bent for the rest."""
    ends = start[landmarks.vertices]
    if len(np.unique(landmarks.vertices)) >= TELLING:
        near = similarity_fit(ends, landmarks.points)
        start, ends = near(start), near(ends)
    return bent_through(ends, landmarks.points, start)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Points of the template that must lie at points of a mesh: L of them.

    Attributes
    ----------
    vertices
        (L,) template vertices.
    points
        (L, 3) in the mesh's coordinates or the model's frame, as the user of this says.
    """

    vertices: NDArray[np.int64]
    points: Array


def bent_through(ends: Array, aims: Array, points: Array) -> Array:
    """Points (N, 3) of space bent smoothly so that some of it, ``ends`` (L, 3), comes to lie at ``aims`` (L, 3), metres.

    Hardy's multiquadrics ("Multiquadric equations of topography and other irregular surfaces", J. Geophys.
    Res. 1971). They carry lids, eyeballs and sockets along together, for they know space and no surface.
    """
    ends, first = np.unique(ends, axis=0, return_index=True)
    aims = aims[first]
    kernel = np.ones((len(ends) + 1, len(ends) + 1))  # the last row lets the rest be shifted as a whole
    kernel[-1, -1] = 0
    kernel[:-1, :-1] = _multiquadric(ends, ends)
    weights = np.linalg.solve(kernel, np.concatenate([aims - ends, np.zeros((1, 3))]))
    return points + _multiquadric(points, ends) @ weights[:-1] + weights[-1]


def _multiquadric(points: Array, centres: Array) -> Array:
    """(N, L) −√(d² + c²), the d being distances of points (N, 3) from centres (L, 3)."""
    square = ((points[:, None] - centres[None]) ** 2).sum(2)
    return -np.sqrt(square + _SOFT**2)
