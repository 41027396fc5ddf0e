# SPDX-License-Identifier: GPL-3.0-or-later
import igl
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.mesh_files.mesh import Mesh
from backend.morphable_model import MorphableModel


@pytest.fixture(scope="session")
def person(model: MorphableModel) -> NDArray[np.float64]:
    """A neutral face (N, 3) of the model, metres."""
    return model.evaluate(model.sample_identity(np.random.default_rng(11), 1)[0])


@pytest.fixture(scope="session")
def game_head(model: MorphableModel, person: NDArray[np.float64]) -> Mesh:
    """That face as an artist's mesh: skin only, other vertices, centimetres, Z up, moved."""
    skin = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    faces = model.triangles[skin].astype(np.int64)
    used = np.unique(faces)
    row = np.full(len(person), -1)
    row[used] = np.arange(len(used))
    fine = igl.upsample(person[used], row[faces], 1)
    reduced = igl.decimate(np.asarray(fine[0]), np.asarray(fine[1]), 6000)
    points, faces = np.asarray(reduced[0]), np.asarray(reduced[1], np.int64)
    order = np.random.default_rng(1).permutation(len(points))
    place = np.argsort(order)
    turned = 100 * points[order] @ np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) + [3, -40, 160]
    polygons = np.concatenate([place[faces], np.full((len(faces), 1), -1)], axis=1)
    return Mesh(turned, polygons.astype(np.int32), None, None, "game head")
