# SPDX-License-Identifier: GPL-3.0-or-later
"""The extreme sculpts of the benchmark: the same every time, strong, and sound by themselves."""

from pathlib import Path

import numpy as np
import pytest

from backend.evaluation.penetration import IntersectionCounter
from backend.evaluation.triangle_geometry import triangle_normals
from backend.morphable_model import MorphableModel
from backend.pairs.pair import read_pair
from benchmarks.sculpts import SCULPTS, sculpted, write_sculpts


@pytest.mark.parametrize("name", SCULPTS)
def test_no_sculpt_tears_or_turns_skin_over(name: str, model: MorphableModel) -> None:
    pair = sculpted(name)
    counter = IntersectionCounter.of(model)
    skin = slice(0, 3)
    assert counter.count(pair.styled)[skin].sum() <= counter.count(pair.neutral)[skin].sum()
    before, after = (triangle_normals(face, model.triangles) for face in (pair.neutral, pair.styled))
    assert ((before * after).sum(1) < 0).mean() < 0.002
    assert 0.015 < np.linalg.norm(pair.styled - pair.neutral, axis=1).max() < 0.06
    border = model.regions["neck_seam"]
    np.testing.assert_allclose(pair.styled[border], pair.neutral[border], atol=1e-9)


def test_the_features_are_what_their_names_say(model: MorphableModel) -> None:
    assert model.landmarks is not None

    def change(name: str, first: int, second: int, axis: int) -> float:
        pair = sculpted(name)
        before, after = (face[model.landmarks][[first, second], axis] for face in (pair.neutral, pair.styled))
        return float((after[1] - after[0]) / (before[1] - before[0]))

    assert change("big eyes", 37, 41, 1) > 1.6
    assert change("tiny mouth", 48, 54, 0) < 0.55
    pair = sculpted("snout")
    tip, chin = model.landmarks[[30, 8]]
    assert (pair.styled - pair.neutral)[tip, 2] > 0.04
    assert (pair.styled - pair.neutral)[chin, 2] > 0.005
    crooked = sculpted("crooked").styled[model.landmarks]
    assert abs(crooked[48, 1] - crooked[54, 1]) > 0.008
    assert change("crooked", 43, 47, 1) > 1.3 * change("crooked", 37, 41, 1)


def test_written_pairs_are_read_as_any_artists(tmp_path: Path, model: MorphableModel) -> None:
    for name, path in zip(SCULPTS, write_sculpts(tmp_path), strict=True):
        pair, made = read_pair(path, None, model), sculpted(name)
        np.testing.assert_allclose(pair.styled - pair.neutral, made.styled - made.neutral, atol=1e-6)
