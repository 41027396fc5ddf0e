# SPDX-License-Identifier: GPL-3.0-or-later
"""One style on other people: different faces, whole expressions, every size."""

from dataclasses import replace

import numpy as np
import pytest

from backend.evaluation.eye_closure import eye_closure
from backend.mesh.similarity import Similarity
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Identity, Pair
from backend.pipeline.styler import Styler
from backend.rig import Rig
from tests.rigs import assert_same_shape

SEEDS = (0, 2, 5)


@pytest.fixture(scope="module")
def random_rigs(goblin: Styler) -> dict[int, Rig]:
    return {seed: goblin.random_rig(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def someone(model: MorphableModel) -> Identity:
    face = model.evaluate(model.sample_identity(np.random.default_rng(3), 1)[0])
    same = Similarity()
    return Identity("someone", face, np.arange(len(face)), (), same)


@pytest.fixture(scope="module")
def own_rig(goblin: Styler, someone: Identity) -> Rig:
    return goblin.rig(someone)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_people_are_finite_and_close_their_eyes(
    random_rigs: dict[int, Rig], model: MorphableModel, seed: int
) -> None:
    rig = random_rigs[seed]
    assert np.isfinite(rig.vertices).all()
    assert np.isfinite(rig.deltas).all()
    assert np.linalg.norm(rig.deltas, axis=2).max(axis=1).min() > 1e-3
    assert eye_closure(model, rig)["eye_closure"] <= 0.5


def test_random_people_differ_in_more_than_size(random_rigs: dict[int, Rig]) -> None:
    for one in SEEDS:
        for other in SEEDS:
            if one < other:
                first, second = random_rigs[one].vertices, random_rigs[other].vertices
                scale = np.vdot(first, second) / np.vdot(second, second)
                assert np.linalg.norm(first - scale * second, axis=1).mean() > 1e-3


def test_the_same_seed_is_the_same_person(goblin: Styler, random_rigs: dict[int, Rig]) -> None:
    again = goblin.random_rig(SEEDS[0], "again")
    assert again.name == "again"
    assert_same_shape(again, random_rigs[SEEDS[0]])


def test_the_style_is_seen_on_somebody_else(
    bundled: Pair, own_rig: Rig, someone: Identity, model: MorphableModel
) -> None:
    region = model.regions["sculptable"]
    wanted = (bundled.styled - bundled.neutral)[region].ravel()
    found = (own_rig.vertices - someone.vertices)[region].ravel()
    cosine = wanted @ found / np.linalg.norm(wanted) / np.linalg.norm(found)
    assert cosine > 0.9
    assert not np.allclose(wanted, found, atol=1e-4)


def test_the_pairs_own_neutral_gives_the_sculpt(goblin: Styler, bundled: Pair) -> None:
    away = goblin.neutral(bundled.neutral) - goblin.style.sculpt
    assert np.linalg.norm(away, axis=1).max() <= 1e-5


def test_neutral_and_rig_agree(goblin: Styler, someone: Identity, own_rig: Rig) -> None:
    np.testing.assert_allclose(goblin.neutral(someone.vertices), own_rig.vertices, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [0.9, 1.1])
def test_a_larger_head_gives_a_larger_rig(goblin: Styler, someone: Identity, own_rig: Rig, size: float) -> None:
    scaled = goblin.rig(replace(someone, vertices=someone.vertices * size))
    # the fit of z and size has a prior on both, so that it is not exactly the same person
    np.testing.assert_allclose(scaled.vertices / size, own_rig.vertices, rtol=0, atol=1e-5)
    np.testing.assert_allclose(scaled.joints / size, own_rig.joints, rtol=0, atol=1e-5)
    away = np.linalg.norm(scaled.deltas / size - own_rig.deltas, axis=2)
    assert np.quantile(away, 0.999) < 2e-5
    # a few vertices at the corners of the eyes, between triangles that are nearly turned over, differ more
    assert away.max() < 4e-4
