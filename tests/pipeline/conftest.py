# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundled goblin, extreme sculpts, a symmetric sculpt, and what a preview makes of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.pairs.pair import Pair
from backend.pipeline.preview import preview_style
from backend.pipeline.styler import Styler
from backend.rig import Rig
from tests.sculpts import real, sculpt_named
from tests.shapes import sculpted

Array = NDArray[np.float64]


@pytest.fixture(scope="session")
def goblin(bundled: Pair) -> Styler:
    """The goblin's style without training."""
    return Styler(preview_style(bundled))


@pytest.fixture(scope="session")
def goblin_rig(goblin: Styler) -> Rig:
    return goblin.rig()


@pytest.fixture(
    scope="session", params=["big eyes", "tiny mouth", "snout", *real("gaunt", "goblin", "grin", "toon", "walrus")]
)
def sculpted_rig(request: pytest.FixtureRequest) -> tuple[Pair, Rig]:
    """An extreme sculpt and its preview rig, both in the model's order."""
    pair = sculpt_named(request.param)
    return pair, Styler(preview_style(pair)).rig()


@pytest.fixture(scope="session")
def symmetric(model: MorphableModel) -> tuple[Pair, Rig]:
    """The template with a longer chin and wider ears, exactly symmetric, and its preview rig."""
    face = model.template.astype(np.float64)
    low = np.clip(-face[:, 1:2] / 0.1, 0, 1) ** 2
    wide = np.clip(np.abs(face[:, :1]) / 0.08 - 0.6, 0, 1) ** 2
    styled = face + low * [0, -0.015, 0.01] + wide * [0, 0.01, 0] + wide * np.sign(face[:, :1]) * [0.02, 0, 0]
    pair = sculpted(face, styled, "symmetric")
    return pair, Styler(preview_style(pair)).rig()
