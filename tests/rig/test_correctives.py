# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace

import numpy as np
import pytest

from backend.morphable_model import load_default
from backend.morphable_model.model_rig import build_rig
from backend.rig import Corrective, Rig, corrective_name

_INPUTS = ("eyeBlinkLeft", "eyeLookDownLeft")


@pytest.fixture(scope="module")
def rig() -> Rig:
    model = load_default()
    delta = np.random.default_rng(3).normal(0, 0.001, model.template.shape).astype(np.float32)
    plain = build_rig(model, "head", model.template, model.expression_basis)
    return replace(plain, correctives=(Corrective(corrective_name(_INPUTS), _INPUTS, delta),))


def test_the_name_says_its_sliders() -> None:
    assert corrective_name(_INPUTS) == "corrective_eyeBlinkLeft_eyeLookDownLeft"


@pytest.mark.parametrize(
    ("blink", "down", "value"),
    [(1.0, 1.0, 1.0), (0.5, 0.4, 0.2), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (-0.5, -0.5, 0.0), (1.0, 1.5, 1.5)],
)
def test_the_formula_is_the_product_of_what_is_above_zero(rig: Rig, blink: float, down: float, value: float) -> None:
    sliders: dict[str, float] = {"eyeBlinkLeft": blink, "eyeLookDownLeft": down}
    assert rig.correctives[0].value(sliders) == pytest.approx(value)
    added = rig.pose(sliders, correctives=True) - rig.pose(sliders)
    assert np.allclose(added, value * rig.correctives[0].deltas, atol=1e-9)


def test_no_single_slider_drives_one(rig: Rig) -> None:
    for name in rig.names:
        assert np.array_equal(rig.pose({name: 1.0}, correctives=True), rig.pose({name: 1.0}))


def test_rows_change_places_together(rig: Rig) -> None:
    order = np.random.default_rng(4).permutation(len(rig.vertices))
    sliders: dict[str, float] = dict.fromkeys(_INPUTS, 1.0)
    moved = rig.reordered(order).pose(sliders, correctives=True)
    assert np.array_equal(moved, rig.pose(sliders, correctives=True)[order])
    assert replace(rig, correctives=()).reordered(order).correctives == ()
