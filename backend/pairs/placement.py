# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit, axes and place of a head, found by laying it over a model whose vertices it shares."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..mesh.similarity import Similarity, similarity_fit
from ..morphable_model.model import MorphableModel

UNITS = {"metres": 1.0, "decimetres": 0.1, "centimetres": 0.01, "millimetres": 0.001, "inches": 0.0254}
"""Length of one unit in metres."""

MAX_UNIT_DOUBT = 1.5
"""Largest ratio between a head and the model's that still names a unit: a child's to a giant's head.

Neighbouring units are at least 2.54 apart, so at most one can be that near.
"""
MAX_TILT = 15.0
"""Degrees by which a head may look aside; random faces of the model lie within one degree."""
MAX_SHIFT = 0.02
"""Metres by which a head may be off the origin before it is moved; random faces are within 1 mm."""
MAX_MISFIT = 0.012
"""RMS distance in metres from the nearest face of the model. Sculptors' neutral heads reach 0.003,
their styled ones 0.006; shuffled vertices give 0.07."""


def rms(points: NDArray[np.float64]) -> float:
    """Root mean square length of rows (n, 3)."""
    return float(np.sqrt((points**2).sum(axis=1).mean()))


@lru_cache(maxsize=4)
def _skin_basis(model: MorphableModel) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Vertices of head and neck (n,), the identity basis there (K, 3n), and its Gram matrix."""
    skin = [name for name in ("face_head", "neck") if name in model.part_names]
    rows = model.part_vertices(*skin) if skin else np.arange(len(model.template), dtype=np.int64)
    basis = model.identity_basis[:, rows].reshape(len(model.identity_basis), -1).astype(np.float64)
    return rows.astype(np.int64), basis, basis @ basis.T


def nearest_face(vertices: NDArray[np.float64], model: MorphableModel) -> tuple[Similarity, float]:
    """The similarity that takes vertices (N, 3) in the model's order to its nearest face, and the misfit.

    The misfit is the RMS distance that remains, in metres. Alternating least squares; a weak prior keeps
    the identity coefficients near the population.
    """
    rows, basis, gram = _skin_basis(model)
    points = vertices[rows]
    mean = model.template[rows].astype(np.float64)
    # One unit of deviation costs as much as 0.3 mm at every vertex.
    prior = 0.0003**2 * len(rows) / len(basis) * np.eye(len(basis))
    face = mean
    for _ in range(4):
        similarity = similarity_fit(points, face)
        coefficients = np.linalg.solve(gram + prior, basis @ (similarity(points) - mean).ravel())
        face = mean + (coefficients @ basis).reshape(-1, 3)
    similarity = similarity_fit(points, face)
    return similarity, rms(similarity(points) - face)


@lru_cache(maxsize=1)
def axis_rotations() -> NDArray[np.float64]:
    """(24, 3, 3): the rotations that take coordinate axes to coordinate axes."""
    turned = [
        np.eye(3)[list(order)] * np.array(signs)[:, None]
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]
    return np.stack([matrix for matrix in turned if np.linalg.det(matrix) > 0])


@dataclass(frozen=True, eq=False)
class Placement:
    """What takes a file's coordinates to the model's frame, sentences that say so, and the nearest face.

    ``to_face`` takes them on to the model's nearest face.
    """

    similarity: Similarity
    conversions: tuple[str, ...]
    to_face: Similarity


def find_placement(vertices: NDArray[np.float64], model: MorphableModel, name: str, *, verified: bool) -> Placement:
    """Unit, axes and offset of a neutral head (N, 3) given in the model's vertex order.

    Nothing is resized or turned freely: a unit is one of ``UNITS``, a turn one of the 24 that swap
    axes, a shift is undone only when the head is far from the origin.

    Raises
    ------
    UserError
        Codes ``not-a-face``, ``order``, ``mirrored``, ``unit`` and ``axis``.
    """
    template = model.template.astype(np.float64)
    rows = _skin_basis(model)[0]
    free = similarity_fit(vertices[rows], template[rows], reflect=True)
    height = float(np.ptp(template[:, 1]))
    if rms(free(vertices[rows]) - template[rows]) > 0.1 * height or not free.scale > 0:
        raise _not_a_face(name, model, verified=verified)
    if np.linalg.det(free.rotation) < 0:
        raise UserError(
            f"“{name}” is mirrored: its left is where the right should be.",
            "Scale it by −1 along X (and flip the normals), or correct the axes in the export settings.",
            code="mirrored",
        )
    to_face, misfit = nearest_face(vertices, model)
    if misfit > MAX_MISFIT:
        raise _not_a_face(name, model, verified=verified)
    file_height = float(np.ptp(vertices @ to_face.rotation, axis=0)[1])
    unit, unit_length = _unit(name, to_face.scale, file_height, height)
    turns = axis_rotations()
    turn = turns[np.argmax(np.einsum("kij,ij->k", turns, to_face.rotation))]
    tilt = Similarity(1.0, turn.T @ to_face.rotation, np.zeros(3)).angle
    if tilt > MAX_TILT:
        raise UserError(
            f"The head in “{name}” is turned by {tilt:.0f}° against “{model.name}”.",
            "Rotate it so that it stands upright and looks straight ahead, and apply the rotation.",
            code="axis",
        )
    conversions: list[str] = []
    if unit != "metres":
        conversions.append(f"“{name}” is in {unit}; it was converted to metres.")
    if not np.array_equal(turn, np.eye(3)):
        conversions.append(f"{_axes_sentence(name, turn)}; it was turned to +Y up, facing +Z.")
    turned = unit_length * vertices @ turn
    face = to_face(vertices)
    shift = (face[rows] - turned[rows]).mean(axis=0)
    if np.linalg.norm(shift) > MAX_SHIFT:
        away = f"{1000 * np.linalg.norm(shift):.0f} mm"
        conversions.append(f"“{name}” was {away} away from the place of the base head; it was moved there.")
    else:
        shift = np.zeros(3)
    return Placement(Similarity(unit_length, turn, shift), tuple(conversions), to_face)


def _not_a_face(name: str, model: MorphableModel, *, verified: bool) -> UserError:
    if verified:
        return UserError(
            f"The neutral head “{name}” is no face that “{model.name}” can describe, although its polygons match.",
            "Use the unsculpted head as the neutral one; if you moved the neutral too, undo that.",
            code="not-a-face",
        )
    return UserError(
        f"“{name}” has no polygons, and its vertices are not in the order of “{model.name}”.",
        "Export it with its polygons, or with the “source_vertex” that came with the base head.",
        code="order",
    )


def _unit(name: str, scale: float, file_height: float, height: float) -> tuple[str, float]:
    unit, length = min(UNITS.items(), key=lambda item: abs(np.log(scale / item[1])))
    if abs(np.log(scale / length)) > np.log(MAX_UNIT_DOUBT):
        raise UserError(
            f"The head in “{name}” is {file_height:.3g} units tall, which is life-size in no common unit.",
            f"Scale both meshes so that head and neck are about {height:.2f} m ({1000 * height:.0f} mm) tall.",
            code="unit",
        )
    return unit, length


def _axes_sentence(name: str, turn: NDArray[np.float64]) -> str:
    """Says which of the file's axes points up and which way the face looks."""
    largest = np.abs(turn).argmax(axis=0)
    _, up, forward = (("+" if turn[row, k] > 0 else "−") + "XYZ"[row] for k, row in enumerate(largest))
    return f"“{name}” has {up} up and looks along {forward}"
