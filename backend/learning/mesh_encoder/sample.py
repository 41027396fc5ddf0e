# SPDX-License-Identifier: GPL-3.0-or-later
"""One training example: a random face on a triangulation of the pool, placed as files place heads."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor

from ...mesh.clean_mesh import CleanMesh
from ...mesh.similarity import Similarity, similarity_fit
from ...mesh_encoder.labels import OTHER
from ...mesh_encoder.placing import UNIT, blind_placement
from ...morphable_model import MorphableModel
from .diffusion import OperatorTensors
from .pool import PoolMesh

Array = NDArray[np.float64]

_FINDABLE = 65.0  # degrees; one of the 24 turns of the axes always lies within 63° of a head's own
_LOST = 0.25  # of the heads that are not placed


@dataclass(frozen=True, eq=False)
class Example:
    """Input and truth of one mesh of n vertices; lengths in units of `encoder.UNIT`.

    Attributes
    ----------
    positions, normals
        (n, 3).
    operators
        In the same units.
    canonical, labels, known
        (n, 3) truth, (n,) labels, (n,) whether the model has a point there.
    findable
        Whether it lies so that the network must know its way; otherwise it need only know that it is lost.
    """

    positions: Tensor
    normals: Tensor
    operators: OperatorTensors
    canonical: Tensor
    labels: Tensor
    known: Tensor
    findable: bool = True


def warp(template: Array, rng: np.random.Generator) -> Array:
    """Smooth displacements (N, 3), metres, that no model of faces contains: a few broad bumps."""
    count = int(rng.integers(4, 16))
    centres = template[rng.integers(len(template), size=count)]
    widths = rng.uniform(0.015, 0.07, count)
    heights = rng.normal(0, 1, (count, 3)) * (rng.uniform(0, 0.09) * widths[:, None])
    squared = ((template[:, None] - centres) ** 2).sum(2)
    return np.exp(-squared / (2 * widths**2)) @ heights


def example(mesh: PoolMesh, model: MorphableModel, face: Array, rng: np.random.Generator, *, placed: bool) -> Example:
    """Put a face (N, 3), metres, on a triangulation and move it as a file may have it."""
    own = mesh.triangulation
    points = own.place(face)
    clean = CleanMesh(points, own.triangles, np.arange(len(points)))
    if rng.random() < 0.3:
        noise = rng.uniform(0, 0.0008) * rng.standard_normal(len(points))
        clean = CleanMesh(points + noise[:, None] * clean.normals, own.triangles, clean.row_of)
    # The mean head in its own frame, so that the answer is the same however the mesh came.
    canonical = (model.template[own.corners] * own.weights[..., None]).sum(1) / UNIT
    known = own.labels != OTHER
    scale, middle = blind_placement(clean)
    blind, degrees = Similarity(scale, shift=-scale * middle), 0.0
    if placed and known.any():
        place = similarity_fit(clean.vertices, canonical, clean.masses * known).then(_moved(rng, 4, 0.04, 0.03))
    else:
        axis = rng.standard_normal(3)
        lost = rng.random() < _LOST
        degrees = rng.uniform(_FINDABLE, 180) if lost else _FINDABLE * rng.random() ** 0.7
        turn = Rotation.from_rotvec(np.radians(degrees) * axis / np.linalg.norm(axis)).as_matrix()
        place = blind.then(Similarity(rotation=turn)).then(_moved(rng, 0, 0.05, 0.05))
    return Example(
        torch.as_tensor(place(clean.vertices), dtype=torch.float32),
        torch.as_tensor(clean.normals @ place.rotation, dtype=torch.float32),
        mesh.operators.scaled(place.scale),
        torch.as_tensor(canonical, dtype=torch.float32),
        torch.as_tensor(own.labels.astype(np.int64)),
        torch.as_tensor(known),
        degrees <= _FINDABLE,
    )


def _moved(rng: np.random.Generator, degrees: float, size: float, shift: float) -> Similarity:
    """A small random motion with these standard deviations: of each axis's turn, the size's logarithm, the shift."""
    turn = Rotation.from_rotvec(rng.normal(0, np.radians(degrees), 3)).as_matrix()
    return Similarity(float(np.exp(rng.normal(0, size))), turn, rng.normal(0, shift, 3))
