# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliders: every expression once, sides that mirror, presets that name real sliders."""

from pathlib import Path

import pytest

from backend.rig.expressions import ARKIT_NAMES
from blender_addon.expressions.presets import PRESETS, read_user_presets, write_user_presets
from blender_addon.expressions.regions import REGIONS, is_half, label, matches, mirrored, region_of


def test_every_expression_is_in_one_region() -> None:
    assert sorted(name for names in REGIONS.values() for name in names) == sorted(ARKIT_NAMES)
    assert {region_of(name) for name in ARKIT_NAMES} == set(REGIONS)
    assert region_of("myKey") == "Other"


@pytest.mark.parametrize("name", ARKIT_NAMES)
def test_mirroring_is_an_involution_within_the_names(name: str) -> None:
    assert mirrored(name) in ARKIT_NAMES
    assert mirrored(mirrored(name)) == name
    assert is_half(name) == is_half(mirrored(name))
    assert region_of(mirrored(name)) == region_of(name)


def test_directions_are_not_halves() -> None:
    assert not any(is_half(name) for name in ("jawLeft", "mouthRight", "jawOpen"))
    assert is_half("eyeBlinkLeft")


def test_search_finds_what_the_label_says() -> None:
    assert label("mouthSmileLeft") == "Mouth Smile Left"
    assert [name for name in ARKIT_NAMES if matches(name, "left smile")] == ["mouthSmileLeft"]
    assert all(matches(name, "") for name in ARKIT_NAMES)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_name_real_sliders_within_their_range(name: str) -> None:
    assert set(PRESETS[name]) <= set(ARKIT_NAMES)
    assert all(0 < value <= 1 for value in PRESETS[name].values())


def test_user_presets_survive_and_damage_is_no_preset(tmp_path: Path) -> None:
    path = tmp_path / "expressions.json"
    assert read_user_presets(path) == {}
    write_user_presets(path, {"Sly": {"mouthSmileLeft": 0.5}})
    assert read_user_presets(path) == {"Sly": {"mouthSmileLeft": 0.5}}
    path.write_text('{"a": {"jawOpen": "wide", "tongueOut": 1e400, "jawLeft": 1}, "b": 3}')
    assert read_user_presets(path) == {"a": {"jawLeft": 1.0}}
    path.write_text("{")
    assert read_user_presets(path) == {}
