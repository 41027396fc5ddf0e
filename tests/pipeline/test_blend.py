# SPDX-License-Identifier: GPL-3.0-or-later
"""A blend of two styles: its ends are the styles, its middle lies between them, and misfits are refused."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.errors import UserError
from backend.learning.field.source_file import fingerprint, load_default_source_field
from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair
from backend.pipeline.blend import blend_styles
from backend.pipeline.preview import preview_style
from backend.pipeline.styler import Styler
from backend.style.blend import blend_networks
from backend.style.style import Style
from backend.style.style_file import load_style, save_style
from tests.rigs import assert_same_shape
from tests.shapes import sculpted


@pytest.fixture(scope="module")
def goblin(bundled: Pair) -> Style:
    return preview_style(bundled)


@pytest.fixture(scope="module")
def wide(bundled: Pair) -> Style:
    """Another sculpt of the goblin's own neutral head."""
    neutral = bundled.neutral
    return preview_style(sculpted(neutral, neutral * [1.25, 1.0, 0.9], "wide"))


@pytest.fixture(scope="module")
def other_person(model: MorphableModel) -> Style:
    neutral = model.evaluate(model.sample_identity(np.random.default_rng(4), 1)[0])
    return preview_style(sculpted(neutral, neutral * [0.85, 1.1, 1.0], "narrow"))


def learned(style: Style, seed: int) -> Style:
    """``style`` as a short tuning would leave it: each weight of D_S moved a little."""
    source = load_default_source_field()
    network = copy.deepcopy(source.network)
    generator = torch.Generator().manual_seed(seed)
    for value in network.parameters():
        value.data.add_(2e-3 * torch.randn(value.shape, generator=generator))
    return replace(style, network=network, source_fingerprint=fingerprint(source), settings={"anchor": "teacher"})


def test_the_ends_are_the_styles_themselves(goblin: Style, other_person: Style) -> None:
    first, second = learned(goblin, 1), learned(other_person, 2)
    for amount, end in ((0.0, first), (1.0, second)):
        blend = blend_styles(first, second, amount)
        rig = Styler(blend).rig()
        own = Styler(replace(end, input_order=first.input_order)).rig()
        assert_same_shape(rig, own)


def test_two_sculpts_of_one_head_mix_exactly_and_in_the_first_ones_order(goblin: Style, wide: Style) -> None:
    blend = blend_styles(goblin, wide, 0.3)
    assert np.allclose(blend.sculpt, 0.7 * goblin.sculpt + 0.3 * wide.sculpt, atol=1e-7)
    assert np.array_equal(blend.reference, goblin.reference)
    rig = Styler(blend).rig()
    assert np.allclose(rig.vertices, blend.sculpt[goblin.input_order], atol=2e-6)


def test_blending_back_is_the_same_blend(goblin: Style, other_person: Style) -> None:
    there, back = blend_styles(goblin, other_person, 0.25), blend_styles(other_person, goblin, 0.75)
    assert np.allclose(there.sculpt, back.sculpt, atol=1e-7)
    assert np.allclose(there.reference, back.reference, atol=1e-7)


def test_on_another_face_the_middle_lies_between_and_the_way_has_no_jump(
    goblin: Style, wide: Style, model: MorphableModel
) -> None:
    first, second = learned(goblin, 1), learned(wide, 2)
    face = model.evaluate(model.sample_identity(np.random.default_rng(8), 1)[0])
    amounts = (0.0, 0.25, 0.5, 0.75, 1.0)
    styled = [Styler(blend_styles(first, second, amount)).neutral(face) for amount in amounts]
    whole = np.linalg.norm(styled[-1] - styled[0], axis=1).max()
    assert whole > 0.01
    for amount, found in zip(amounts, styled, strict=True):
        line = (1 - amount) * styled[0] + amount * styled[-1]
        assert np.linalg.norm(found - line, axis=1).max() < 0.1 * whole


def test_a_network_in_the_middle_and_a_preview_at_the_end(goblin: Style, wide: Style) -> None:
    first, second = learned(goblin, 1), learned(wide, 2)
    network, source = blend_networks(first, second, 0.25)
    assert network is not None
    assert source == first.source_fingerprint
    for name, value in network.state_dict().items():
        mean = 0.75 * first.network.state_dict()[name] + 0.25 * second.network.state_dict()[name]
        assert torch.allclose(value, mean, atol=1e-6), name
    untuned, _ = blend_networks(first, wide, 1.0)
    assert untuned is not None
    for name, value in untuned.state_dict().items():
        assert torch.equal(value, load_default_source_field().network.state_dict()[name])
    assert blend_networks(goblin, wide, 0.5) == (None, "")
    assert not any(value.requires_grad for value in network.parameters())


def test_a_saved_blend_comes_back_and_says_what_it_is_made_of(goblin: Style, wide: Style, tmp_path: Path) -> None:
    blend = blend_styles(goblin, wide, 0.3, "Imp")
    save_style(blend, tmp_path / "imp.style")
    back = load_style(tmp_path / "imp.style")
    assert back.name == "Imp"
    assert back.settings["blend"] == {"first": goblin.name, "second": "wide", "amount": 0.3}
    assert np.array_equal(back.sculpt, blend.sculpt)


def test_what_can_not_be_mixed_is_refused_with_the_remedy(goblin: Style, wide: Style) -> None:
    tuned = learned(goblin, 1)
    misfits = [
        (replace(wide, topology_hash="other"), 0.5, "different head models"),
        (replace(learned(wide, 2), source_fingerprint="old"), 0.5, "different versions"),
        (replace(learned(wide, 2), settings={"anchor": "source"}), 0.5, "different ways"),
        (wide, 1.5, "not between"),
        (wide, float("nan"), "not between"),
    ]
    for second, amount, sentence in misfits:
        with pytest.raises(UserError, match=sentence):
            blend_styles(tuned, second, amount)
