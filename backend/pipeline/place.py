# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a rig stands: at the model's own place, or where its head stood in the file that it came from."""

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..mesh.similarity import Similarity
from ..mesh_files.mesh_file import is_gltf
from ..pairs.placement import UNITS, axis_rotations


class Place(StrEnum):
    """The two places that a rig can have."""

    SOURCE = "source"
    """Where the head stood. Files say neither unit nor upright, but glTF means metres and +Y up: the unit is the
    common one in which the head is nearest to life-size, and the axis along which the head points up is turned
    onto +Y the short way. Nothing is moved or turned freely, so what stood beside the head in the file fits again
    after the same two steps. A GLB means metres and +Y up already; its coordinates stay as they are."""
    MODEL = "model"
    """At the origin, upright and facing +Z, as all heads of a model are."""


@dataclass(frozen=True, eq=False)
class Placing:
    """How a rig in a model's frame gets to its place.

    Attributes
    ----------
    place
        Which of the two.
    from_file, from_model
        Take the file's coordinates and the model's frame to the result's: metres, +Y up.
    unit, up
        What the file's coordinates are taken for: a name in `UNITS`, and an axis such as ``+Z``.
    """

    place: Place
    from_file: Similarity
    from_model: Similarity
    unit: str
    up: str

    @property
    def forward(self) -> str:
        """The axis of the result that the face looks along, or nearly."""
        return _axis(self.from_model.rotation[2])

    @property
    def extras(self) -> dict[str, Any]:
        """What a GLB says of it; the matrix is column by column, as glTF has matrices."""
        return {
            "forward": self.forward,
            "place": str(self.place),
            "source": {"unit": self.unit, "up": self.up},
            "from_source": [float(value) for value in self.from_file.homogeneous.T.ravel()],
        }

    @property
    def sentence(self) -> str:
        """Where the rig stands, for people."""
        if self.place is Place.MODEL:
            return "It stands at the origin, facing +Z."
        if self.unit == "metres" and self.up == "+Y":
            return "It stands where it stood in its file."
        return f"It stands where it stood in its file, which is taken for {self.unit} with {self.up} up."


def find_placing(place: Place, to_model: Similarity, source: str | os.PathLike[str]) -> Placing:
    """How the rig of a head gets to its place.

    Parameters
    ----------
    place
        The place.
    to_model
        Takes the coordinates of the head's file to the model's frame.
    source
        That file.
    """
    gltf = is_gltf(source)
    unit = "metres" if gltf else min(UNITS, key=lambda name: abs(np.log(to_model.scale / UNITS[name])))
    up = np.array([0.0, 1, 0]) if gltf else _along_axis(to_model.rotation[:, 1])
    if place is Place.MODEL:
        return Placing(place, to_model, Similarity(), unit, _axis(up))
    from_file = Similarity(UNITS[unit], _onto_y(up))
    return Placing(place, from_file, to_model.inverted.then(from_file), unit, _axis(up))


def _along_axis(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """The signed axis (3,) nearest to a direction."""
    largest = np.abs(direction).argmax()
    return np.sign(direction[largest]) * np.eye(3)[largest]


def _axis(direction: NDArray[np.float64]) -> str:
    """The name of the signed axis nearest to a direction."""
    largest = int(np.abs(direction).argmax())
    return ("+" if direction[largest] > 0 else "−") + "XYZ"[largest]


def _onto_y(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smallest rotation (3, 3), for rows, that takes a signed axis to +Y; upside down, +Z stays."""
    turns = axis_rotations()
    turns = turns[(up @ turns)[:, 1] > 0.5]
    return turns[(turns @ np.diag([1.0, 1, 1.5])).trace(axis1=1, axis2=2).argmax()]
