# SPDX-License-Identifier: GPL-3.0-or-later
"""Small meshes with known answers, and faces and pairs in the default head's own order."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import trimesh
from numpy.typing import NDArray

from backend.mesh.similarity import Similarity
from backend.morphable_model import MorphableModel, load_default
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


@lru_cache(maxsize=1)
def small_head() -> MorphableModel:
    """The default head with 10 identities and 4 expressions, so that whole trainings take seconds."""
    model, kept = load_default(), ("eyeBlinkLeft", "jawOpen", "mouthClose", "mouthSmileLeft")
    rows = [model.expression_names.index(name) for name in kept]
    assert model.joint_identity_basis is not None
    assert model.joint_expression_basis is not None
    return replace(
        model,
        identity_basis=model.identity_basis[:10],
        joint_identity_basis=model.joint_identity_basis[:10],
        expression_names=kept,
        expression_basis=model.expression_basis[rows],
        joint_expression_basis=model.joint_expression_basis[rows],
    )
