# SPDX-License-Identifier: GPL-3.0-or-later
"""The image losses of a style, on embeddings that are made up."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from backend.learning.fine_tuning.objective import Objective
from backend.learning.fine_tuning.settings import LossWeights

VIEWS, WIDTH = 3, 16


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(11)


def random(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def image_losses(styled: Tensor, source: Tensor, sculpt: Tensor, reference: Tensor) -> dict[str, float]:
    """What the objective makes of embeddings (V, D) of D_T(z), D_S(z), T_ref and S_ref; the views are named 0, 1, 2."""
    pool = SimpleNamespace(embed=lambda faces, views: faces[:, views])
    sample = SimpleNamespace(
        views=list(range(VIEWS)),
        reference_views=list(range(VIEWS)),
        source=source,
        source_reference=reference,
        sculpt=sculpt,
    )
    no_face = torch.zeros(1, 4, 3)
    pair = SimpleNamespace(frames=torch.zeros(1, 4, 3, 3), answer=no_face, posed=no_face)
    objective = Objective(None, pair, no_face, LossWeights(encoder=1, across=1, within=1), "source")  # type: ignore[arg-type]
    found = objective.perceptual(pool, sample, torch.tensor([2, 0]), sculpt[None] + 1, styled[None])  # type: ignore[arg-type]
    return {name: float(value) for name, value in found.items()}


def test_a_style_that_is_one_shift_of_embeddings_costs_nothing(generator: torch.Generator) -> None:
    source, reference, style = (random(generator, VIEWS, WIDTH) for _ in range(3))
    style[1] = 1e3  # a view that was not chosen
    perfect = image_losses(source + style, source, reference + style, reference)
    assert perfect["across"] == pytest.approx(0, abs=1e-12)
    assert perfect["within"] == pytest.approx(0, abs=1e-12)
    assert perfect["encoder"] == pytest.approx(WIDTH)  # every number of the pair's embedding is 1 off
    other = image_losses(source - style, source, reference + style, reference)
    assert other["across"] == pytest.approx(2)
    assert other["within"] > 0.1


def test_collapse_of_diversity_is_punished_in_domain_only(generator: torch.Generator) -> None:
    source, reference, style = (random(generator, VIEWS, WIDTH) for _ in range(3))
    sculpt = reference + style
    collapsed = image_losses(sculpt, source, sculpt, reference)  # D_T(z) = T_ref for every z
    assert collapsed["within"] == pytest.approx(1)
