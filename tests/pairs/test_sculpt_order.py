# SPDX-License-Identifier: GPL-3.0-or-later
"""A sculpt whose vertices a tool has put in another order is matched by its polygons, or refused as just that."""

from collections.abc import Callable

import numpy as np
import pytest
import trimesh

from backend.errors import UserError
from backend.mesh.topology import split_quads
from backend.mesh_files.mesh import Mesh
from backend.morphable_model.model import MorphableModel
from backend.pairs.sculpt_order import in_neutral_order
from backend.pairs.topology import find_correspondence

Refuses = Callable[..., UserError]


def _mesh(vertices: np.ndarray, polygons: np.ndarray, name: str) -> Mesh:
    return Mesh(np.asarray(vertices, float), polygons.astype(np.int32), None, None, name)


def _with_round_eyes(model: MorphableModel, points: np.ndarray, grow: float) -> Mesh:
    """Skin of the default head in triangles, and two eyeballs alike from every side but one."""
    skin = split_quads(model.polygons[np.isin(model.face_part, [model.part_names.index("face_head")])])[0]
    used, skin = np.unique(skin, return_inverse=True)
    parts, faces, count = [points[used]], [skin.reshape(-1, 3)], len(used)
    for side in ("eye_l", "eye_r"):
        eye = trimesh.creation.uv_sphere(radius=0.0125 * grow, count=[8, 8])
        parts.append(eye.vertices + points[model.part_vertices(side)].mean(axis=0))
        faces.append(eye.faces + count)
        count += len(eye.vertices)
    triangles = np.concatenate(faces)
    return _mesh(np.concatenate(parts), np.concatenate([triangles, np.full((len(triangles), 1), -1)], axis=1), "n")


def test_another_order_of_vertices_and_polygons_is_undone(model: MorphableModel, face: np.ndarray) -> None:
    neutral, sculpt = _with_round_eyes(model, face, 1.0), _with_round_eyes(model, face * [1.1, 1, 1.2], 1.4)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(face := neutral.vertices))
    place = np.append(np.argsort(order), -1)
    polygons = place[np.roll(sculpt.polygons[:, :3], 1, axis=1)][rng.permutation(len(sculpt.polygons))]
    polygons = np.concatenate([polygons, np.full((len(polygons), 1), -1)], axis=1)
    shuffled = _mesh(sculpt.vertices[order], polygons, "s")
    found, notes = in_neutral_order(neutral, shuffled)
    assert len(face) == len(found.vertices)
    assert np.array_equal(found.vertices, sculpt.vertices)
    assert np.array_equal(found.polygons, neutral.polygons)
    assert found.name == "s"
    assert "another order" in notes[0]


def test_the_same_vertices_under_other_polygons_are_no_other_order(model: MorphableModel, face: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    neutral = _mesh(face, model.polygons, "n")
    triangles = split_quads(model.polygons)[0]
    cut = np.concatenate([triangles, np.full((len(triangles), 1), -1)], axis=1)
    for polygons in (model.polygons, model.polygons[rng.permutation(len(model.polygons))], cut):
        found, notes = in_neutral_order(neutral, _mesh(face * 1.1, polygons, "s"))
        assert np.array_equal(found.vertices, face * 1.1)
        assert np.array_equal(found.polygons, model.polygons)
        assert not notes


def test_what_can_not_be_matched_is_refused_as_order(model: MorphableModel, face: np.ndarray, refuses: Refuses) -> None:
    neutral = _mesh(face, model.polygons, "n")
    swapped = np.random.default_rng(2).permutation(len(face))
    error = refuses("order", in_neutral_order, neutral, _mesh(face, swapped[model.polygons[:, [0, 2, 1, 3]]], "s"))
    assert "another order" in error.message
    assert "deleting" not in error.message + error.remedy
    error = refuses("count", in_neutral_order, neutral, _mesh(face[:-1], model.polygons[:10], "s"))
    assert "5,208" in error.message and "5,207" in error.message


@pytest.mark.parametrize("seed", range(2))
def test_a_head_cut_into_triangles_in_another_order_is_still_the_models(
    model: MorphableModel, face: np.ndarray, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(face))
    quads = np.argsort(order)[np.roll(model.polygons, seed, axis=1)][rng.permutation(len(model.polygons))]
    halves = np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
    mesh = _mesh(face[order], np.concatenate([halves, np.full((len(halves), 1), -1)], axis=1), "n")
    assert np.array_equal(find_correspondence(mesh, model).in_model_order(), face)
