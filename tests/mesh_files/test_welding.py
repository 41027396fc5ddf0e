# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices doubled along seams become one again; those that only touch stay apart."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.mesh.topology import split_quads
from backend.mesh_files.mesh_file import read_mesh, read_mesh_pair
from backend.mesh_files.welding import known_doubles, welded
from backend.morphable_model.model import MorphableModel
from tests.mesh_files.gltf_maker import Maker
from tests.shapes import Mesh


def _grid(columns: int, rows: int, height: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A flat grid in x and y, one unit a cell, that faces +Z."""
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, height)], axis=1)
    i = np.arange(len(points)).reshape(rows + 1, columns + 1)
    quads = np.stack([i[:-1, :-1], i[:-1, 1:], i[1:, 1:], i[1:, :-1]], axis=-1).reshape(-1, 4)
    return points, np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])


def _soup(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return points[triangles.ravel()], np.arange(triangles.size).reshape(-1, 3)


def test_a_head_in_loose_triangles_gets_each_vertex_back_and_no_other(model: MorphableModel) -> None:
    triangles = split_quads(model.polygons)[0].astype(np.int64)
    points, loose = _soup(model.template.astype(np.float64), triangles)
    row, first = welded(points, loose)
    assert len(first) == len(model.template)
    for before, after in ((triangles.ravel(), row), (row, triangles.ravel())):
        assert len(np.unique(np.stack([before, after], axis=1), axis=0)) == len(model.template)


def test_pieces_that_meet_at_points_stay_apart() -> None:
    points, triangles = _grid(2, 2)
    both = np.concatenate([points, points + np.array([2, 2, 0])])  # corner to corner
    row, first = welded(both, np.concatenate([triangles, triangles + len(points)]))
    assert len(first) == len(both)
    assert np.array_equal(row, np.arange(len(both)))


def _lips(angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Two sheets that share a border along X and open toward +Y by an angle in degrees, facing each other."""
    points, triangles = _grid(3, 2)
    lift = np.radians(angle)
    upper = points * [1, np.cos(lift), 0] + points[:, 1:2] * [0, 0, np.sin(lift)]
    return np.concatenate([points, upper]), np.concatenate([triangles, triangles[:, ::-1] + len(points)])


@pytest.mark.parametrize(("angle", "together"), [(5, False), (15, False), (40, True), (170, True)])
def test_lips_that_face_each_other_are_not_one_but_folds_are(angle: float, together: bool) -> None:
    points, triangles = _lips(angle)
    assert len(welded(points, triangles)[1]) == len(points) - (4 if together else 0)
    outside_in = triangles[:, ::-1]  # the same wedge from its other side is a ridge, which tools and teeth have
    assert len(welded(points, outside_in)[1]) == len(points) - 4


def test_the_two_sides_of_a_card_stay_two() -> None:
    points, triangles = _grid(3, 2)
    both = np.concatenate([points, points])
    sides = np.concatenate([triangles, triangles[:, ::-1] + len(points)])
    assert len(welded(both, sides)[1]) == len(both)


def test_solids_that_share_an_edge_stay_two() -> None:
    """Four sides lie on one edge; each goes on in the one beyond its own inside."""
    cube = trimesh.creation.box()
    points = np.concatenate([cube.vertices, cube.vertices + np.array([1, 1, 0])])
    row, first = welded(*_soup(points, np.concatenate([cube.faces, cube.faces + 8])))
    assert len(first) == 16
    assert len(np.unique(row[:36])) == len(np.unique(row[36:])) == 8


def test_what_a_file_keeps_apart_stays_apart_where_it_shares_vertices(ball: Mesh) -> None:
    triangles = ball.triangles.astype(np.int64)
    half = ball.vertices[triangles].mean(axis=1)[:, 0] > 0
    count = len(ball.vertices)
    points = np.concatenate([ball.vertices, ball.vertices])
    cut = np.where(half[:, None], triangles + count, triangles)
    used = np.unique(cut)
    points, cut = points[used], np.searchsorted(used, cut)
    assert len(welded(points, cut)[1]) == count
    plain = known_doubles(cut, points)
    assert len(welded(points, cut, lambda: plain)[1]) == len(points), (
        "nothing but the position: the file holds two vertices"
    )
    seam = known_doubles(cut, points, np.isin(np.arange(len(points)), cut[half]).astype(float))
    assert len(welded(points, cut, lambda: seam)[1]) == count, (
        "another UV on each side: one vertex, doubled by the format"
    )
    loose = _soup(ball.vertices, triangles)
    assert (known_doubles(loose[1], loose[0]) == -1).all()


def _two_sheets(tmp_path: Path, angle: float, kind: str) -> Path:
    points, triangles = _lips(angle)
    if kind == "stl":
        path = tmp_path / f"{angle}.stl"
        trimesh.Trimesh(points, triangles, process=False).export(path)
        return path
    maker = Maker()
    normal = np.tile(np.array([0, 0, 1], "<f4"), (len(points), 1))
    normal[len(points) // 2 :] = [0, 1, 0]
    made = maker.mesh(points, triangles, NORMAL=normal)
    return maker.glb(tmp_path / f"{angle}.glb", maker.document([made], [{"mesh": 0}]))


@pytest.mark.parametrize("kind", ["glb", "stl"])
def test_both_meshes_of_a_pair_have_the_same_vertices(tmp_path: Path, kind: str) -> None:
    shut, sharp = _two_sheets(tmp_path, 10, kind), _two_sheets(tmp_path, 120, kind)
    assert len(read_mesh(shut).vertices) > len(read_mesh(sharp).vertices)
    one, other = read_mesh_pair(shut, sharp)
    assert len(one.vertices) == len(other.vertices)
    assert np.array_equal(one.polygons, other.polygons)
