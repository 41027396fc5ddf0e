# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths without an opening: told from others, left together, or cut open."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.mesh.areas import triangle_areas
from backend.mesh.similarity import Similarity
from backend.mesh.topology import edges_and_uses, split_quads
from backend.mesh_files.mesh import Material, Mesh
from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.registration.binding import Binding
from backend.registration.mouth_cut import with_mouth
from backend.registration.mouth_line import MouthLine, is_fused, upper_skin
from backend.registration.sealed_lips import sealed
from backend.rig import Rig

TO_FILE = Similarity(100.0, shift=np.array([3.0, 160, -2]))


def _bound(model: MorphableModel, triangles: NDArray[np.integer]) -> Binding:
    """Triangles of the template as an artist's mesh in centimetres, bound where they lie."""
    used, row = np.unique(triangles, return_inverse=True)
    polygons = np.pad(row.reshape(-1, 3), ((0, 0), (0, 1)), constant_values=-1).astype(np.int32)
    registered = model.template.astype(np.float64)
    points = TO_FILE(registered[used])
    uv = (points[:, :2] / 100).astype(np.float32)
    material = (np.arange(len(polygons)) % 2).astype(np.int32)
    paints = Material("a", {}), Material("b", {})
    return Binding(
        mesh=Mesh(points, polygons, uv, polygons, "head", materials=paints, face_material=material),
        topology_hash=model.topology_hash,
        to_model=TO_FILE.inverted,
        registered=registered,
        corners=np.repeat(used[:, None], 3, axis=1).astype(np.int32),
        weights=np.tile([1.0, 0, 0], (len(used), 1)),
        label=np.zeros(len(used), np.uint8),
        expression=np.zeros(len(model.expression_names)),
    )


@pytest.fixture(scope="module")
def outer(model: MorphableModel) -> NDArray[np.int32]:
    """Triangles of the head's outer skin, which ends at the lips."""
    parts = [model.part_names.index(name) for name in ("face_head", "neck")]
    triangles = model.triangles[np.isin(model.triangle_part, parts)]
    return triangles[~model.regions["inner_mouth"][triangles].any(1)]


@pytest.fixture(scope="module")
def fused(model: MorphableModel, outer: NDArray[np.int32]) -> Binding:
    """The same with its lips sewn together: triangles to and fro between the two."""
    line = MouthLine.of(model, model.template.astype(np.float64))
    assert line is not None
    edges, uses = edges_and_uses(outer)
    border = edges[uses == 1]
    border = border[
        (line(model.template[border.ravel()].astype(np.float64))[2] < 0.3 * line.width).reshape(-1, 2).all(1)
    ]
    place = model.template[:, 0]
    ends = [int(border.ravel()[pick(place[border.ravel()])]) for pick in (np.argmin, np.argmax)]
    ways = [
        _walk(border, ends[0], int(first), ends[1]) for first in border[(border == ends[0]).any(1)].sum(1) - ends[0]
    ]
    seam, i, j = [], 0, 0
    while i + 1 < len(ways[0]) or j + 1 < len(ways[1]):
        a, b = (way[at + 1] if at + 1 < len(way) else None for way, at in zip(ways, (i, j), strict=True))
        on_first = b is None or (a is not None and place[a] < place[b])
        seam.append([ways[0][i], ways[1][j], a if on_first else b])
        i, j = (i + 1, j) if on_first else (i, j + 1)
    seam = [triangle for triangle in seam if len(set(triangle)) == 3]
    return _bound(model, np.concatenate([outer, seam]))


@pytest.fixture(scope="module")
def rig(model: MorphableModel) -> Rig:
    return build_rig(model, "head", model.template, model.expression_basis)


def _walk(border: NDArray[np.integer], start: int, first: int, end: int) -> list[int]:
    """Vertices of a closed border from one to another, by way of ``first``."""
    way = [start, first]
    while way[-1] != end:
        beside = border[(border == way[-1]).any(1)].ravel()
        way.append(next(int(v) for v in beside if v not in (way[-1], way[-2])))
    return way


def _middle(model: MorphableModel, binding: Binding) -> NDArray[np.bool_]:
    """(n,) vertices near the middle half of the line."""
    line = MouthLine.of(model, binding.registered)
    assert line is not None
    along, _, away = line(binding.placed)
    return (np.abs(along) < 0.5) & (away < 0.1 * line.width)


def test_lips_are_told_from_one_surface(model: MorphableModel, outer: NDArray[np.int32], fused: Binding) -> None:
    assert is_fused(model, fused)
    assert not is_fused(model, _bound(model, outer))  # a slit
    assert not is_fused(model, _bound(model, model.triangles))  # a bag behind the lips


def test_the_line_runs_between_the_lips(model: MorphableModel) -> None:
    line = MouthLine.of(model, model.template.astype(np.float64))
    assert line is not None and model.landmarks is not None
    along, height, away = line(model.template[model.landmarks].astype(np.float64))
    assert along[60] == pytest.approx(-1) and along[64] == pytest.approx(1)
    assert (height[50:53] > 0).all() and (height[56:59] < 0).all() and away[[60, 64]].max() < 1e-9
    upper = upper_skin(model)[model.landmarks]
    assert upper[27:36].all() and upper[50:53].all() and not upper[56:59].any() and not upper[8]
    assert MouthLine.of(replace(model, landmarks=None), model.template.astype(np.float64)) is None


def test_what_is_one_surface_stays_together(model: MorphableModel, fused: Binding, rig: Rig) -> None:
    own = fused.carry(model, rig)
    closed = sealed(model, fused, own)
    edges, middle = edges_and_uses(fused.mesh.polygons)[0], _middle(model, fused)
    edges = edges[middle[edges].all(1)]

    def stretch(of: Rig, key: str) -> float:
        posed = of.pose({key: 1.0})[edges] - of.vertices[edges]
        return float(np.linalg.norm(posed[:, 0] - posed[:, 1], axis=1).max())

    for key in ("jawOpen", "mouthFunnel"):
        assert stretch(closed, key) < 0.25 * stretch(own, key)
    jaw = own.names.index("jawOpen")
    chin = np.linalg.norm(own.deltas[jaw], axis=1).argmax()
    far = np.linalg.norm(closed.vertices - closed.vertices[middle].mean(0), axis=1) > 0.08
    assert np.abs(closed.deltas[:, far] - own.deltas[:, far]).max() < 1e-3
    assert np.linalg.norm(closed.deltas[jaw], axis=1).max() > 0.5 * np.linalg.norm(own.deltas[jaw][chin])
    for key in ("browInnerUp", "eyeBlinkLeft", "eyeLookUpRight"):
        row = own.names.index(key)
        assert np.abs(closed.deltas[row] - own.deltas[row]).max() < 1e-4


def test_an_open_mouth_is_left_alone(model: MorphableModel, outer: NDArray[np.int32], rig: Rig) -> None:
    slit = _bound(model, outer)
    own = slit.carry(model, rig)
    change = np.abs(sealed(model, slit, own).deltas - own.deltas)
    assert np.median(change[own.names.index("jawOpen")]) < 1e-5


@pytest.mark.parametrize("quads", [False, True])
def test_a_cut_opens_the_lips_and_changes_nothing_else(
    model: MorphableModel, fused: Binding, rig: Rig, *, quads: bool
) -> None:
    if quads:
        fused = replace(fused, mesh=_paired(fused.mesh))
    cut = with_mouth(model, fused)
    assert cut is not None
    old, new = fused.mesh, cut.mesh
    count = len(old.vertices)
    assert np.array_equal(new.vertices[:count], old.vertices)
    assert not is_fused(model, cut)
    areas = [triangle_areas(mesh.vertices, split_quads(mesh.polygons)[0]).sum() for mesh in (old, new)]
    assert areas[1] == pytest.approx(areas[0], rel=1e-9)
    holes = [_euler(mesh) for mesh in (old, new)]
    assert holes[1] == holes[0] - 1  # one slit more
    assert new.uv is not None and new.uv_polygons is not None
    there = new.polygons >= 0
    assert np.allclose(new.uv[new.uv_polygons[there]], new.vertices[new.polygons[there]][:, :2] / 100, atol=1e-5)
    assert new.face_material is not None and new.polygon_of is not None and old.face_material is not None
    assert np.array_equal(new.face_material, old.face_material[new.polygon_of])

    own = cut.carry(model, rig)
    assert np.abs(own.vertices - cut.placed).max() < 1e-6
    added = own.vertices[count:]
    twins = np.linalg.norm(added[:, None] - added, axis=2) < 1e-7
    middle = np.flatnonzero(_middle(model, cut)[count:])
    opened = own.deltas[own.names.index("jawOpen")][count:]
    gap = [np.linalg.norm(opened[row] - opened[twins[row]], axis=1).max() for row in middle]
    assert len(gap) > 6 and min(gap) > 0.005


def test_there_must_be_something_to_cut(model: MorphableModel, outer: NDArray[np.int32]) -> None:
    forehead = outer[(model.template[outer][:, :, 1] > 0.02).all(1)]
    assert with_mouth(model, _bound(model, forehead)) is None


def _euler(mesh: Mesh) -> int:
    used = np.unique(mesh.polygons[mesh.polygons >= 0])
    return len(used) - len(edges_and_uses(mesh.polygons)[0]) + len(mesh.polygons)


def _paired(mesh: Mesh) -> Mesh:
    """Neighbouring triangles put together to quads where they follow each other and share a side."""
    rows = mesh.polygons[:, :3].tolist()
    made, material, row = [], [], 0
    assert mesh.face_material is not None
    while row < len(rows):
        first, second = rows[row], rows[row + 1] if row + 1 < len(rows) else []
        if second and len({*first, *second}) == 4 and first[2] == second[1] and first[0] == second[0]:
            made.append([*first, second[2]])
            row += 1
        else:
            made.append([*first, -1])
        material.append(mesh.face_material[row])
        row += 1
    polygons = np.array(made, np.int32)
    return replace(mesh, polygons=polygons, uv_polygons=polygons, face_material=np.array(material, np.int32))
