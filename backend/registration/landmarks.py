# SPDX-License-Identifier: GPL-3.0-or-later
"""Named points of a face that an artist can place to mend a binding."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UserError
from ..morphable_model import MorphableModel

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

_EARS = ("ear_left", "ear_right")

LANDMARK_NAMES: tuple[str, ...] = (
    *_NUMBERS,
    *(f"{part}_{side}" for part in ("ear_top", "ear_lobe") for side in ("left", "right")),
)
"""Names of all landmarks; left and right are the face's own."""


def landmark_vertices(model: MorphableModel) -> dict[str, int]:
    """The model's vertex of each landmark; empty for a model that has no landmarks."""
    if model.landmarks is None:
        return {}
    found: dict[str, int] = {}
    template = model.template
    for name, numbers in _NUMBERS.items():
        middle = template[model.landmarks[list(numbers)]].mean(0)
        side = model.regions.get(name)
        rows = np.flatnonzero(side) if side is not None and len(numbers) > 1 else model.landmarks[list(numbers)]
        found[name] = int(rows[((template[rows] - middle) ** 2).sum(1).argmin()])
    for region in _EARS:
        if region in model.regions:
            rows = np.flatnonzero(model.regions[region])
            side = region.removeprefix("ear")
            found[f"ear_top{side}"] = int(rows[template[rows, 1].argmax()])
            found[f"ear_lobe{side}"] = int(rows[template[rows, 1].argmin()])
    return found


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
