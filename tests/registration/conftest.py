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
    """That face as an artist's mesh: skin only, other vertices, centimetres, Z up, moved.

    Which edges a decimation collapses hangs on the last digits of what it is given, and so would every figure
    measured on the mesh. Its triangles are found on the template, whose coordinates are the same on all
    processors, and only then moved onto the person.
    """
    skin = np.isin(model.triangle_part, [model.part_names.index(name) for name in ("face_head", "neck")])
    used, faces = np.unique(model.triangles[skin].astype(np.int64), return_inverse=True)
    faces, rest = faces.reshape(-1, 3), model.template[used].astype(np.float64)
    fine = igl.upsample(rest, faces, 1)
    points, coarse = igl.decimate(np.asarray(fine[0]), np.asarray(fine[1]), 6000)[:2]
    found = igl.point_mesh_squared_distance(np.asarray(points), rest, faces)
    corners = faces[np.asarray(found[1])]
    ends = (np.ascontiguousarray(rest[corners[:, k]]) for k in range(3))
    weights = np.asarray(igl.barycentric_coordinates(np.asarray(found[2]), *ends))
    points = (person[used][corners] * weights[..., None]).sum(1)
    order = np.random.default_rng(1).permutation(len(points))
    turned = 100 * points[order] @ np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) + [3, -40, 160]
    triangles = np.argsort(order)[np.asarray(coarse, np.int64)]
    polygons = np.concatenate([triangles, np.full((len(triangles), 1), -1)], axis=1)
    return Mesh(turned, polygons.astype(np.int32), None, None, "game head")
