# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces and toy models that the measuring tool is proven on."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.evaluation.contact import LIP_POSES
from backend.evaluation.eye_closure import BLINK
from backend.evaluation.penetration import LIP_SLIDERS
from backend.morphable_model import MorphableModel
from backend.rig import Rig
from tests.evaluation.faces import BLINK_EDGE, NEUTRAL_EDGE, RADIUS, SourceFace


@pytest.fixture(scope="session")
def face(model: MorphableModel) -> NDArray[np.float64]:
    return model.template.astype(np.float64)


@pytest.fixture(scope="session")
def source_rig(model: MorphableModel, face: NDArray[np.float64]) -> Rig:
    return SourceFace(model, face).styled_rig()


@pytest.fixture(scope="session")
def small_model(model: MorphableModel) -> MorphableModel:
    """The default head with the few expressions that the metrics ask for by name."""
    named = set(LIP_SLIDERS) | set(BLINK) | {name for pose in LIP_POSES.values() for name in pose}
    rows = [row for row, name in enumerate(model.expression_names) if name in named]
    return replace(
        model,
        expression_names=tuple(model.expression_names[row] for row in rows),
        expression_basis=model.expression_basis[rows],
    )


@pytest.fixture(scope="session")
def curtain() -> MorphableModel:
    """A ball behind a wide curtain that a blink pulls down: visible areas are circle segments.

    The curtain covers all above y = 6 mm at neutral and above y = -4 mm at full blink.
    """
    ball = trimesh.creation.icosphere(subdivisions=5, radius=RADIUS)
    count = len(ball.vertices)
    x, top, z = 0.3, 0.1, 0.03
    sheet = [[-x, NEUTRAL_EDGE, z], [x, NEUTRAL_EDGE, z], [x, top, z], [-x, top, z]]
    vertices = np.concatenate([ball.vertices, sheet]).astype(np.float32)
    faces = np.concatenate([ball.faces, count + np.array([[0, 1, 2], [0, 2, 3]])])
    polygons = np.column_stack([faces, np.full(len(faces), -1)]).astype(np.int32)
    blink = np.zeros_like(vertices)
    blink[count : count + 2, 1] = BLINK_EDGE - NEUTRAL_EDGE
    return MorphableModel(
        name="curtain",
        template=vertices,
        polygons=polygons,
        identity_basis=np.zeros((1, *vertices.shape), np.float32),
        expression_names=("eyeBlinkLeft", "eyeBlinkRight"),
        expression_basis=np.stack([blink, np.zeros_like(blink)]),
        face_part=np.array([0] * len(ball.faces) + [1, 1], np.uint8),
        part_names=("eye_l", "face_head"),
    )
