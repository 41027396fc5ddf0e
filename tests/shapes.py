# SPDX-License-Identifier: GPL-3.0-or-later
"""Small meshes with known answers, and faces and pairs in the default head's own order."""

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray

from backend.mesh.similarity import Similarity
from backend.pairs.pair import Identity, Pair

Array = NDArray[np.float64]

SAME = Similarity()


@dataclass(frozen=True)
class Mesh:
    """(N, 3) vertices in metres and (M, 3) int32 triangles."""

    vertices: Array
    triangles: NDArray[np.int32]




def round_ball(subdivisions: int, radius: float = 0.03) -> Mesh:
    """A regular ball about the origin."""
    sphere = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Mesh(np.array(sphere.vertices, dtype=np.float64), np.array(sphere.faces, dtype=np.int32))




def sculpted(neutral: Array, styled: Array, name: str = "own") -> Pair:
    """A pair in the model's own order and frame."""
    return Pair(name, neutral, styled, np.arange(len(neutral)), (), SAME)


def face_of(vertices: Array, name: str = "someone") -> Identity:
    """An identity in the model's own order and frame."""
    return Identity(name, vertices, np.arange(len(vertices)), (), SAME)
