# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of surface that the mesh encoder tells apart."""

import numpy as np
from numpy.typing import NDArray

from ..morphable_model import MorphableModel

LABELS = ("skin", "eyeball", "eye_cavity", "mouth", "lashes", "other")
"""What a vertex may belong to: face, head and neck; eyeballs; the lining of the eye sockets; mouth bag,
teeth and tongue; lashes; hair, clothes and whatever no model has."""

SKIN, EYEBALL, EYE_CAVITY, MOUTH, LASHES, OTHER = range(len(LABELS))

_LABEL_OF_PART = {
    "eye_l": EYEBALL,
    "eye_r": EYEBALL,
    "eye_cavity": EYE_CAVITY,
    "mouth_cavity": MOUTH,
    "tongue": MOUTH,
    "teeth_upper": MOUTH,
    "teeth_lower": MOUTH,
    "lashes": LASHES,
}


def label_of_parts(part_names: tuple[str, ...]) -> tuple[int, ...]:
    """The label of each part of a morphable model; parts that are not named here are skin."""
    return tuple(_LABEL_OF_PART.get(name, SKIN) for name in part_names)


def triangle_labels(model: MorphableModel) -> NDArray[np.uint8]:
    """(M,) the label of each of a model's triangles; all skin when it names no parts."""
    return np.array(label_of_parts(model.part_names) or (SKIN,), np.uint8)[model.triangle_part]


def labelled_vertices(model: MorphableModel, *labels: int) -> NDArray[np.bool_]:
    """(N,) which vertices belong to a triangle with one of the labels."""
    mask = np.zeros(len(model.template), bool)
    mask[model.triangles[np.isin(triangle_labels(model), labels)]] = True
    return mask
