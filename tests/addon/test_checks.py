# SPDX-License-Identifier: GPL-3.0-or-later
"""Each thing that can be wrong with a pair is named, alone and in words; a good pair has no finding."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from blender_addon.pair.checks import Head, check_pair, unit_factor


def _head(**changes: Any) -> Head:
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (60, 3)) * (0.16, 0.2, 0.24)
    points[0], points[1] = (0, 0, 0.12), (0, 0, -0.12)
    quads = np.arange(60).reshape(15, 4)
    return replace(Head("Mina", points, quads.ravel(), np.full(15, 4)), **changes)


def _styled(head: Head) -> Head:
    return replace(head, name="Goblin", positions=head.positions * (1.2, 1, 1))


def _codes(neutral: Head, styled: Head, **more: Any) -> list[str]:
    found = check_pair(neutral, styled, **more)
    for item in found:
        assert item.message.endswith(".")
        assert item.remedy.endswith(".")
    return [item.code for item in found]


def test_a_good_pair_has_no_finding() -> None:
    assert _codes(_head(), _styled(_head())) == []


def test_count_order_and_identity_are_told_apart() -> None:
    head = _head()
    assert _codes(head, head) == ["identical"]
    fewer = replace(_styled(head), positions=head.positions[:-4], corners=head.corners[:-4], sizes=head.sizes[:-1])
    assert _codes(head, fewer) == ["count"]
    assert _codes(head, replace(_styled(head), corners=head.corners[::-1])) == ["order"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"modifiers": ("Subdivision",)}, "modifiers"),
        ({"shape_keys": ("Key 1",)}, "shape_keys"),
        ({"axes": np.diag([1.01, 1.0, 1.0])}, "transform"),
        ({"unit": 0.01}, "unit"),
        ({"positions": np.full((60, 3), np.nan)}, "not_finite"),
        ({"positions": np.empty((0, 3)), "sizes": np.empty(0, int), "corners": np.empty(0, int)}, "empty"),
    ],
)
@pytest.mark.parametrize("subject", ["NEUTRAL", "STYLED"])
def test_each_trouble_is_found_on_either_side(changes: dict[str, Any], code: str, subject: str) -> None:
    pair = {"NEUTRAL": _head(), "STYLED": _styled(_head())}
    pair[subject] = replace(pair[subject], **changes)
    found = check_pair(pair["NEUTRAL"], pair["STYLED"])
    assert [(item.code, item.subject) for item in found] == [(code, subject)]


def test_an_open_mouth_is_found_only_when_it_is_open() -> None:
    head = _head()
    lips = (2, 3, 4, 5, 6, 7)
    for gap, codes in ((0.002, []), (0.02, ["open_mouth"])):
        points = head.positions.copy()
        points[[2, 3, 4]] = [[-0.01, 0, 0], [0, 0, 0], [0.01, 0, 0]]
        points[[5, 6, 7]] = points[[2, 3, 4]] - (0, 0, gap)
        opened = replace(head, positions=points)
        assert _codes(opened, _styled(opened), lips=lips) == codes


@pytest.mark.parametrize("scale", [1e3, 100, 1 / 0.0254, 0.01, 0.001])
def test_the_unit_that_fits_brings_a_head_back_to_its_size(scale: float) -> None:
    factor = unit_factor(0.24 * scale)
    assert 0.1 < 0.24 * scale * factor < 0.5


@pytest.mark.parametrize("height", [0.0, 1e-9, 1e9])
def test_a_size_that_fits_no_unit_is_not_guessed(height: float) -> None:
    assert unit_factor(height) == 0
