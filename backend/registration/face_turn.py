# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way a head is turned: the network looks at it in 24 turns, and looks again at the likeliest."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..mesh.clean_mesh import CleanMesh
from ..mesh.similarity import Similarity, similarity_fit
from ..mesh_encoder.inference import Correspondences
from ..mesh_encoder.labels import OTHER, SKIN
from ..mesh_encoder.placing import UNIT
from ..pairs.placement import axis_rotations

Array = NDArray[np.float64]
Look = Callable[[Similarity, bool], Correspondences]
"""What the network says of a mesh in a placement, and of whether that is nearly right."""

_TRIED = 4  # turns that are looked at again
_APART = 40.0  # degrees between turns that are not the same one
_LEANING = 0.25  # a head that lies on its side in its file has to be that much likelier to be believed
_STEADY = 1e-6  # m
_ROUNDS = 15
_MOST_MARGIN = 10.0
_FLOOR = 0.005  # m; the network is never trusted more than that
_REACH = 0.01  # m, from a mere similarity, where a correspondence counts half
_FARTHEST = 0.1  # m; what is farther off counts as that
_UNKNOWN = 0.03  # m, for what is said to be no skin


@dataclass(frozen=True, eq=False)
class Turn:
    """How a head lies.

    Attributes
    ----------
    place
        Takes the mesh to the mean head.
    tilt_degrees
        Angle between the way up that was found and the nearer of the file's +Y and +Z.
    margin
        How many times more doubtful the next likely turn is, at most 10: near 1 it could as well be that.
    """

    place: Similarity
    tilt_degrees: float
    margin: float


def placement(mesh: CleanMesh, found: Correspondences) -> tuple[Similarity, float]:
    """The similarity to the mean head that the correspondences speak for, and their doubt, metres.

    The doubt is the mean of the distance that the similarity leaves plus the error that the network expects, where it
    sees skin.
    """
    known, error, canonical = 1 - found.chance[:, OTHER], found.error, found.canonical
    trust = mesh.masses * (known + 1e-6) / (_FLOOR**2 + error**2)
    away = np.zeros(len(trust))
    for _ in range(3):
        place = similarity_fit(mesh.vertices, canonical, trust / (1 + (away / _REACH) ** 2))
        away = np.linalg.norm(place(mesh.vertices) - canonical, axis=1)
    skin = found.chance[:, SKIN]
    each = skin * (np.minimum(away, _FARTHEST) + np.minimum(error, _FARTHEST)) + (1 - skin) * _UNKNOWN
    return place, float(mesh.masses @ each / mesh.masses.sum())


def steady(mesh: CleanMesh, look: Look, place: Similarity) -> Similarity:
    """The placement in which the network finds the mesh where it lies already, from one near to it.

    Each round comes five times nearer to it, so it does not matter from which side one starts.
    """
    for _ in range(_ROUNDS):
        following = placement(mesh, look(place, True))[0]
        moved = np.linalg.norm(following(mesh.vertices) - place(mesh.vertices), axis=1).max()
        place = following
        if moved < _STEADY:
            break
    return place


def found_turn(mesh: CleanMesh, look: Look, to_file: Array) -> Turn:
    """How the head of a centred mesh of RMS radius 1 lies.

    Parameters
    ----------
    mesh
        The mesh, or a coarse stand-in for it.
    look
        Asks the network about it.
    to_file
        (3, 3) rotation of the mesh's rows into the axes of its file: what is up there is likelier up.
    """

    def unplaced(rotation: Array) -> tuple[Similarity, float]:
        return placement(mesh, look(Similarity(UNIT, rotation), False))

    first = [unplaced(to_file @ turn) for turn in axis_rotations()]
    again = []
    for place, _ in _ranked(first, to_file)[:_TRIED]:
        nearer = unplaced(place.rotation)[0]
        again.append(placement(mesh, look(nearer, True)))
    ranked = _ranked(again, to_file)
    best, score = ranked[0]
    margin = ranked[1][1] / score if len(ranked) > 1 else _MOST_MARGIN
    return Turn(steady(mesh, look, best), tilt_degrees(best.rotation, to_file), min(margin, _MOST_MARGIN))


def tilt_degrees(rotation: Array, to_file: Array) -> float:
    """Angle between the head's way up, by its rotation into the model's frame, and the nearer of +Y and +Z in its file."""
    up = (rotation[:, 1] @ to_file)[1:]
    return float(np.degrees(np.arccos(np.clip(up.max(), -1, 1))))


def _ranked(found: list[tuple[Similarity, float]], to_file: Array) -> list[tuple[Similarity, float]]:
    """Placements with their doubts, the likeliest first, weighed by their tilt; each turn once."""
    leaning = [1 + _LEANING * min(tilt_degrees(place.rotation, to_file), 90) / 90 for place, _ in found]
    scored = [(place, doubt * weight) for (place, doubt), weight in zip(found, leaning, strict=True)]
    distinct: list[tuple[Similarity, float]] = []
    for place, score in sorted(scored, key=lambda entry: entry[1]):
        if all(_apart(place, other) > _APART for other, _ in distinct):
            distinct.append((place, score))
    return distinct


def _apart(one: Similarity, other: Similarity) -> float:
    """Angle between the rotations of two placements, degrees."""
    return Similarity(rotation=one.rotation.T @ other.rotation).angle
