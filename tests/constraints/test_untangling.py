# SPDX-License-Identifier: GPL-3.0-or-later
"""Untangled expressions of extreme sculpts, counted by the evaluation's own exact intersection tests."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.evaluation.contact import lip_contact
from backend.evaluation.penetration import IntersectionCounter, allowed_intersections, intersections
from backend.head.geometry import HeadGeometry
from backend.morphable_model import MorphableModel
from backend.morphable_model.model_rig import build_rig
from backend.pairs.pair import Pair
from backend.rigging.styled_keys import styled_keys
from tests.sculpts import real, sculpt_named

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Transferred:
    """A sculpt and its expressions (E, N, 3) in metres, as they cross and parted."""

    sculpt: Pair
    crossing: Array
    parted: Array


@pytest.fixture(scope="module", params=["tiny mouth", *real("gaunt", "goblin")])
def transferred(request: pytest.FixtureRequest, head: HeadGeometry) -> Transferred:
    sculpt = sculpt_named(request.param)
    source, target = head.face(sculpt.neutral), head.face(sculpt.styled)
    crossing, parted = (
        styled_keys(head.model).expressions(source, target, untangle=untangle) for untangle in (False, True)
    )
    return Transferred(sculpt, crossing, parted)


def test_few_triangles_cross_that_did_not_on_the_source_or_at_rest(
    transferred: Transferred, model: MorphableModel
) -> None:
    neutral, styled = transferred.sculpt.neutral, transferred.sculpt.styled
    counter, poses = IntersectionCounter.of(model), np.eye(len(transferred.crossing))
    poses[model.expression_names.index("mouthClose"), model.expression_names.index("jawOpen")] = 1.0
    allowed = allowed_intersections(model, counter, neutral, styled, poses)
    before, after = (
        np.maximum(intersections(counter, styled, deltas, poses) - allowed, 0).sum(axis=1)
        for deltas in (transferred.crossing, transferred.parted)
    )
    assert before.sum() > 100
    assert after.sum() <= 0.4 * before.sum()
    assert after.max() < before.max()


def test_blinks_and_what_the_source_leaves_still_are_as_before(transferred: Transferred, model: MorphableModel) -> None:
    names = list(model.expression_names)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        row = names.index(name)
        np.testing.assert_array_equal(transferred.parted[row], transferred.crossing[row])
    still = ~transferred.crossing.any(axis=2)
    assert still.any()
    np.testing.assert_array_equal(transferred.parted[still], 0.0)


def test_lips_meet_as_before(transferred: Transferred, model: MorphableModel) -> None:
    before, after = (
        lip_contact(model, transferred.sculpt.neutral, build_rig(model, "x", transferred.sculpt.styled, deltas))
        for deltas in (transferred.crossing, transferred.parted)
    )
    for name, value in after.items():
        assert value <= max(before[name] + 0.5, 1.5), name


def test_the_correction_is_small_and_smooth(transferred: Transferred) -> None:
    change = np.linalg.norm(transferred.parted - transferred.crossing, axis=2)
    assert 0.0005 < change.max() < 0.005
