# SPDX-License-Identifier: GPL-3.0-or-later
"""Names never collide; a file that lost or changed a key is told apart from one that only reordered it."""

from collections.abc import Callable

import numpy as np
import pytest

from backend.rig.expressions import ARKIT_NAMES
from blender_addon.export.compare import Keys, differences
from blender_addon.export.naming import read_table, renamed
from blender_addon.words import UserError


@pytest.mark.parametrize("profile", ["ARKIT", "SHORT", "CAPITAL", "TABLE"])
def test_every_profile_names_every_key_once(profile: str) -> None:
    names = renamed(ARKIT_NAMES, profile)
    assert len(set(names.values())) == len(ARKIT_NAMES)
    assert set(names) == set(ARKIT_NAMES)


def test_the_profiles_say_what_they_promise() -> None:
    assert renamed(["mouthSmileLeft", "jawOpen"], "SHORT") == {"mouthSmileLeft": "mouthSmile_L", "jawOpen": "jawOpen"}
    assert renamed(["mouthSmileLeft"], "CAPITAL")["mouthSmileLeft"] == "MouthSmileLeft"
    table = read_table("jawOpen, mouth_open\n# a remark\nbad line\njawLeft;jaw_l\n,x\n")
    assert renamed(["jawOpen", "jawLeft", "tongueOut"], "TABLE", table) == {
        "jawOpen": "mouth_open",
        "jawLeft": "jaw_l",
        "tongueOut": "tongueOut",
    }


def test_names_that_collide_or_are_too_long_are_refused() -> None:
    with pytest.raises(UserError, match="both be called"):
        renamed(["a", "b"], "TABLE", {"a": "b"})
    with pytest.raises(UserError, match="longer"):
        renamed(["a"], "TABLE", {"a": "x" * 64})


def _keys() -> Keys:
    draw = np.random.default_rng(5)
    vertices = draw.uniform(-0.1, 0.1, (300, 3))
    vertices[10] = vertices[11]  # two vertices on one spot that move apart: lips
    return Keys(vertices, {name: 0.01 * draw.normal(size=(300, 3)) for name in ("jawOpen", "tongueOut")})


def _reordered(keys: Keys) -> Keys:
    rows = np.concatenate([np.random.default_rng(1).permutation(300), [3, 4, 5]])  # some split at seams
    return Keys(keys.vertices[rows], {name: offset[rows] for name, offset in keys.offsets.items()})


def test_another_order_is_no_difference() -> None:
    assert differences(_keys(), _reordered(_keys())) == []


def _lose(keys: Keys) -> Keys:
    return Keys(keys.vertices, {"jawOpen": keys.offsets["jawOpen"]})


def _rename(keys: Keys) -> Keys:
    return Keys(keys.vertices, {"jawOpen.001": keys.offsets["jawOpen"], "tongueOut": keys.offsets["tongueOut"]})


def _bend(keys: Keys) -> Keys:
    offset = keys.offsets["tongueOut"].copy()
    offset[200, 1] += 1e-4
    return Keys(keys.vertices, {**keys.offsets, "tongueOut": offset})


def _swap(keys: Keys) -> Keys:
    return Keys(keys.vertices, {"jawOpen": keys.offsets["tongueOut"], "tongueOut": keys.offsets["jawOpen"]})


def _move(keys: Keys) -> Keys:
    return Keys(keys.vertices + 0.01, keys.offsets)


def _empty(keys: Keys) -> Keys:
    return Keys(keys.vertices[:0], {name: offset[:0] for name, offset in keys.offsets.items()})


@pytest.mark.parametrize("damage", [_lose, _rename, _bend, _swap, _move, _empty])
def test_every_damage_is_found(damage: Callable[[Keys], Keys]) -> None:
    found = differences(_keys(), damage(_reordered(_keys())) if damage is not _bend else _bend(_keys()))
    assert found
    assert all(sentence.endswith(".") for sentence in found)
