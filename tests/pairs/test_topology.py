# SPDX-License-Identifier: GPL-3.0-or-later
"""Which row is which vertex: kept orders are recognised, other orders undone or refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.errors import UserError
from backend.mesh_files.mesh import Mesh
from backend.morphable_model.model import MorphableModel
from backend.pairs.pair import read_identity
from backend.pairs.topology import find_correspondence
from backend.pairs.vertex_matching import AmbiguousError, match_vertices

Refuses = Callable[..., UserError]


def _mesh(vertices: np.ndarray, polygons: np.ndarray, source: np.ndarray | None = None) -> Mesh:
    return Mesh(np.asarray(vertices, float), polygons.astype(np.int32), None, None, "head", source)


def _triangulated(polygons: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every quad cut along a random diagonal."""
    quads = np.where(rng.random(len(polygons))[:, None] < 0.5, polygons, np.roll(polygons, 1, axis=1))
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return np.concatenate([triangles, np.full((len(triangles), 1), -1)], axis=1)


@pytest.mark.parametrize(
    "kind", ["same", "shuffled", "turned", "flipped", "partly flipped", "triangles", "holes", "capped"]
)
def test_other_polygons_over_the_same_vertices(model: MorphableModel, face: np.ndarray, kind: str) -> None:
    rng = np.random.default_rng(0)
    quads = model.polygons
    polygons = {
        "same": quads,
        "shuffled": quads[rng.permutation(len(quads))],
        "turned": np.roll(quads, 1, axis=1),
        "flipped": quads[:, ::-1],
        "partly flipped": np.where(rng.random((len(quads), 1)) < 0.5, quads[:, ::-1], quads),
        "triangles": _triangulated(quads, rng),
        "holes": quads[rng.random(len(quads)) < 0.8],
        "capped": np.concatenate([quads, [[0, 100, 200, 300]]]),
    }[kind]
    found = find_correspondence(_mesh(face, polygons), model)
    assert np.array_equal(found.order, np.arange(len(face)))
    assert found.verified
    assert not found.conversions


@pytest.mark.parametrize("seed", range(4))
def test_permuted_files_are_mapped_back(model: MorphableModel, styled: np.ndarray, seed: int) -> None:
    """In any unit and position, with the polygons shuffled and turned as well."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(styled))
    polygons = np.argsort(order)[np.roll(model.polygons, seed, axis=1)][rng.permutation(len(model.polygons))]
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = (styled @ turn * rng.uniform(0.1, 100) + rng.normal(size=3))[order]
    found = find_correspondence(_mesh(moved, polygons), model)
    assert np.array_equal(found.order, order)
    assert "another order" in found.conversions[0]
    assert np.array_equal(found.in_model_order()[order], moved)


def test_eyes_that_can_not_be_told_apart_are_refused(model: MorphableModel, face: np.ndarray) -> None:
    """An eyeball collapsed to a point fits in every rotation."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(face))
    flat = face.copy()
    eye = model.part_vertices("eye_l")
    flat[eye] = flat[eye].mean(axis=0)
    polygons = np.argsort(order)[model.polygons].astype(np.int32)
    with pytest.raises(AmbiguousError):
        match_vertices(polygons, flat[order], model.polygons, model.template.astype(float))


def test_other_connectivity_does_not_match(model: MorphableModel, face: np.ndarray) -> None:
    polygons = model.polygons.copy()
    polygons[100] = np.roll(polygons[2000], 1)
    assert match_vertices(polygons, face, model.polygons, model.template.astype(float)) is None


def test_source_vertex_maps_rows(model: MorphableModel, face: np.ndarray) -> None:
    order = np.random.default_rng(1).permutation(len(face))
    assert model.source_vertex is not None
    nothing = np.empty((0, 4), np.int32)
    found = find_correspondence(_mesh(face[order], nothing, model.source_vertex[order]), model)
    assert np.array_equal(found.in_model_order(), face)


def test_source_vertex_must_be_complete(model: MorphableModel, face: np.ndarray, refuses: Refuses) -> None:
    assert model.source_vertex is not None
    twice = model.source_vertex.copy()
    twice[7] = twice[8]
    alien = model.source_vertex.copy()
    alien[7] = 10**6
    for source in (twice, alien):
        refuses("order", find_correspondence, _mesh(face, model.polygons, source), model)


def test_seams_are_merged(model: MorphableModel, face: np.ndarray) -> None:
    """Vertices doubled at the end of the list and in the polygons that use them."""
    doubled = np.concatenate([face, face[100:150]])
    polygons = model.polygons.copy()
    inside = (polygons >= 100) & (polygons < 150)
    polygons[::2] = np.where(inside, polygons - 100 + len(face), polygons)[::2]
    found = find_correspondence(_mesh(doubled, polygons), model)
    assert np.array_equal(found.in_model_order(), face)
    assert "seams" in found.conversions[0]


def test_count_or_order_is_said(
    model: MorphableModel, face: np.ndarray, write_head: Callable[..., Path], refuses: Refuses
) -> None:
    more = write_head("more.obj", np.concatenate([face, [[0, 0, 0], [1, 1, 1]]]))
    error = refuses("count", read_identity, more, model)
    assert "5,210, 2 more" in error.message
    assert "base head" in error.remedy
    kept = (model.polygons < len(face) - 9).all(axis=1)
    fewer = write_head("fewer.obj", face[:-9], model.polygons[kept])
    assert "9 fewer" in refuses("count", read_identity, fewer, model).message
    rng = np.random.default_rng(0)
    swapped = rng.permutation(len(face))
    wrong = write_head("wrong.obj", face, swapped[model.polygons])
    error = refuses("order", read_identity, wrong, model)
    assert "right number" in error.message
    assert "vertex order" in error.message


def test_another_topology_is_told_which_is_supported(model: MorphableModel, tmp_path: Path, refuses: Refuses) -> None:
    trimesh.creation.icosphere(subdivisions=4).export(tmp_path / "ball.obj")
    message = refuses("count", read_identity, tmp_path / "ball.obj", model).message
    assert "2,562" in message
    assert "5,208" in message
    assert model.name in message
