# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.evaluation.penetration import KINDS, IntersectionCounter, allowed_intersections, intersections, penetration
from backend.evaluation.poke_through import PokeThrough
from backend.evaluation.poses import penetration_poses, random_mixes
from backend.morphable_model import MorphableModel
from backend.rig import Rig

Face = NDArray[np.float64]


def crosses(first: Face, second: Face) -> bool:
    """Oracle: two triangles in general position cross when an edge of one passes through the other."""
    for one, other in ((first, second), (second, first)):
        normal = np.cross(other[1] - other[0], other[2] - other[0])
        for i in range(3):
            a, b = one[i], one[(i + 1) % 3]
            da, db = (a - other[0]) @ normal, (b - other[0]) @ normal
            if da * db >= 0:
                continue
            point = a + da / (da - db) * (b - a)
            inside = [np.cross(other[(k + 1) % 3] - other[k], point - other[k]) @ normal > 0 for k in range(3)]
            if all(inside):
                return True
    return False


def test_pairs_of_a_random_soup_agree_with_edges_through_triangles() -> None:
    rng = np.random.default_rng(3)
    count = 60
    corners = rng.random((count, 1, 3)) + 0.25 * rng.standard_normal((count, 3, 3))
    triangles = np.arange(3 * count).reshape(-1, 3)
    counter = IntersectionCounter(triangles, np.zeros(count, np.int8))
    first, second = counter.pairs(corners.reshape(-1, 3))
    found = {tuple(sorted(pair)) for pair in zip(first.tolist(), second.tolist(), strict=True)}
    expected = {(i, j) for i in range(count) for j in range(i + 1, count) if crosses(corners[i], corners[j])}
    assert len(expected) > 20
    assert found == expected


def test_counting_what_moved_gives_the_count_of_all(model: MorphableModel, face: Face) -> None:
    counter = IntersectionCounter.of(model)
    poses = penetration_poses(model, 2, 5)[[0, 3, 9, 24, 25, 47, 53, 54]]
    fast = intersections(counter, face, model.expression_basis, poses)
    for pose, counts in zip(poses, fast, strict=True):
        posed = face + np.tensordot(pose, model.expression_basis.astype(np.float64), axes=1)
        np.testing.assert_array_equal(counts, counter.count(posed))


def test_source_and_sculpt_are_free_and_damage_costs_more_and_more(
    model: MorphableModel, face: Face, source_rig: Rig
) -> None:
    counter = IntersectionCounter.of(model)
    poses = penetration_poses(model, 0, 0)[:12]
    allowed = allowed_intersections(model, counter, face, face, poses)
    assert penetration(counter, source_rig, poses, allowed)["penetration"] == 0.0
    upper = model.regions["lip_upper"]
    found = []
    for depth in (0.001, 0.003, 0.006):
        vertices = source_rig.vertices.copy()
        vertices[upper, 1] -= depth
        rig = replace(source_rig, vertices=vertices)
        found.append(penetration(counter, rig, poses, allowed))
    totals = [values["penetration"] for values in found]
    assert 0.0 < totals[0] < totals[1] < totals[2]
    # Damage to a lip shows up at the lips.
    assert found[0]["penetration:lips"] > 0.9 * totals[0]
    assert sum(found[2][f"penetration:{kind}"] for kind in KINDS) == pytest.approx(totals[2])


def test_mixes_are_reproducible_and_within_the_sliders(model: MorphableModel) -> None:
    mixes = random_mixes(model, 50, 7)
    np.testing.assert_array_equal(mixes, random_mixes(model, 50, 7))
    assert not np.array_equal(mixes, random_mixes(model, 50, 8))
    assert mixes.min() >= 0.0
    assert mixes.max() <= 1.0
    assert ((mixes > 0).sum(1) >= 2).all()


def test_no_mix_pulls_one_part_both_ways(model: MorphableModel) -> None:
    mixes = random_mixes(model, 300, 1)
    value = {name: mixes[:, column] for column, name in enumerate(model.expression_names)}
    for one, other in (("mouthLeft", "mouthRight"), ("jawLeft", "jawRight"), ("eyeLookInRight", "eyeLookOutRight")):
        assert value[one].any()
        assert not (value[one] * value[other]).any()
    both = (value["eyeLookInLeft"] > 0) & (value["eyeLookOutRight"] > 0)
    assert both.any()
    assert (value["eyeLookInLeft"] == value["eyeLookOutRight"])[both].mean() > 0.5  # both eyes look one way


def test_an_eyeball_pushed_forward_shows_deeper_and_deeper(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    poses = penetration_poses(model, 0, 0)[[0, 9]]
    poke = PokeThrough(model, face, face, poses)
    assert set(poke.measure(source_rig).values()) == {0.0}
    ball = model.part_vertices("eye_l")
    areas, depths = [], []
    for forward in (0.003, 0.005, 0.008):
        vertices = source_rig.vertices.copy()
        vertices[ball, 2] += forward
        found = poke.measure(replace(source_rig, vertices=vertices))
        areas.append(found["eyeball_poke_mm2"])
        depths.append(found["eyeball_poke_mm"])
        assert found["teeth_poke_mm2"] == 0.0
    assert 0.0 < areas[0] < areas[1] < areas[2]
    assert 0.0 < depths[0] < depths[1] < depths[2]


def test_eyes_that_stand_still_show_the_same_while_a_jaw_drops(
    model: MorphableModel, face: Face, source_rig: Rig
) -> None:
    jaw = source_rig.names.index("jawOpen")
    poke = PokeThrough(
        model, face, face, np.stack([np.zeros(len(source_rig.names)), np.eye(len(source_rig.names))[jaw]])
    )
    vertices, deltas = source_rig.vertices.copy(), np.zeros_like(source_rig.deltas)
    vertices[model.part_vertices("eye_l"), 2] += 0.005
    deltas[jaw, model.part_vertices("teeth_lower"), 1] = -0.03
    area, depth = poke.excess(replace(source_rig, vertices=vertices, deltas=deltas))
    assert area[0, 0] > 0.0
    assert area[1, 0] == area[0, 0]
    assert depth[1, 0] == depth[0, 0]


def test_what_stands_out_by_less_than_a_twentieth_of_a_millimetre_touches(
    model: MorphableModel, face: Face, source_rig: Rig
) -> None:
    """An eyeball is brought forward until it just shows; a little less deep, and nothing shows."""
    poke = PokeThrough(model, face, face, np.zeros((1, len(model.expression_names))))
    ball = model.part_vertices("eye_l")

    def shown(forward: float) -> tuple[float, float]:
        vertices = source_rig.vertices.astype(np.float64)
        vertices[ball, 2] += forward
        found = poke.measure(replace(source_rig, vertices=vertices))
        return found["eyeball_poke_mm2"], found["eyeball_poke_mm"]

    hidden, seen = 0.0, 0.005
    while seen - hidden > 1e-5:
        middle = (hidden + seen) / 2
        hidden, seen = (hidden, middle) if shown(middle)[0] else (middle, seen)
    assert shown(hidden) == (0.0, 0.0)
    assert 0.05 < shown(seen)[1] < 0.07


def test_teeth_pushed_forward_show_through_lips(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    poke = PokeThrough(model, face, face, np.zeros((1, len(model.expression_names))))
    vertices = source_rig.vertices.copy()
    vertices[model.part_vertices("teeth_upper"), 2] += 0.02
    found = poke.measure(replace(source_rig, vertices=vertices))
    assert found["teeth_poke_mm2"] > 5.0
    assert found["eyeball_poke_mm2"] == 0.0


def test_a_lining_that_comes_through_the_cheek_shows(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    poke = PokeThrough(model, face, face, np.zeros((1, len(model.expression_names))))
    bag = model.part_vertices("mouth_cavity")
    areas = []
    for wider in (1.0, 1.6, 2.0):
        vertices = source_rig.vertices.copy()
        vertices[bag, 0] *= wider
        areas.append(poke.measure(replace(source_rig, vertices=vertices))["lining_poke_mm2"])
    assert areas[0] == 0.0 < areas[1] < areas[2]


def test_a_tongue_that_is_put_out_pokes_through_nothing(model: MorphableModel, face: Face, source_rig: Rig) -> None:
    row = source_rig.names.index("tongueOut")
    poke = PokeThrough(model, face, face, np.eye(len(source_rig.names))[[row]])
    deltas = source_rig.deltas.copy()
    deltas[row, model.part_vertices("tongue"), 2] += 0.01
    assert poke.measure(replace(source_rig, deltas=deltas))["teeth_poke_mm2"] == 0.0
    deltas[row, model.part_vertices("teeth_upper"), 2] += 0.02
    assert poke.measure(replace(source_rig, deltas=deltas))["teeth_poke_mm2"] > 5.0


def test_what_the_source_shows_is_allowed_in_the_size_of_the_styled_face(
    model: MorphableModel, face: Face, source_rig: Rig
) -> None:
    ball = model.part_vertices("eye_l")
    pushed = face.copy()
    pushed[ball, 2] += 0.005
    poke = PokeThrough(model, pushed, face, np.zeros((1, len(model.expression_names))))
    # Pixels are as large as the face is, so that equal damage covers equally many of them.
    bigger = replace(source_rig, vertices=(1.3 * pushed).astype(np.float32))
    assert poke.measure(bigger)["eyeball_poke_mm2"] < 2.0
    assert poke.measure(replace(source_rig, vertices=pushed.astype(np.float32)))["eyeball_poke_mm2"] < 1e-6


def test_the_mouth_is_only_closed_with_an_open_jaw(model: MorphableModel) -> None:
    names = list(model.expression_names)
    poses = penetration_poses(model, 100, 3)
    assert (poses[:, names.index("jawOpen")] >= poses[:, names.index("mouthClose")]).all()
    assert poses[1 + names.index("mouthClose")].sum() == 2.0
