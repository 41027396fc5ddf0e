# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny fine-tunings: their events, their end, a cancel, a kill and what is left of the sculpt."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.errors import Cancelled
from backend.learning.field.field import AffineModeNetwork
from backend.learning.field.source_file import load_default_source_field
from backend.learning.fine_tuning import fine_tuning
from backend.learning.fine_tuning.settings import preset
from backend.learning.progress import Progress
from backend.learning.rendering.renderer import get_renderer
from backend.pairs.pair import Pair
from backend.pipeline.styler import Styler
from backend.pipeline.stylize import StylizeRun
from backend.rig import ARKIT_NAMES, Rig
from backend.style.style import Style
from backend.style.style_file import load_style, save_style
from tests.rigs import assert_same_shape

STEPS = 6
TINY = preset("draft", steps=STEPS, people=1, faces=1, lessons=3, view_codes=2, views=2, learning_rate=5e-4)
# With the anchor “source” the network holds the whole style: a few steps without images change it for certain.
HOLDING = replace(TINY, anchor="source")


class Pooling:
    """Stands in for an image encoder: random projections of a small picture."""

    name = "pooling"
    size = 32
    dimension = 24

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(9)
        self._projection = torch.randn(3 * 32 * 32, self.dimension, generator=generator)

    def __call__(self, images: Tensor) -> Tensor:
        small = torch.nn.functional.adaptive_avg_pool2d(images, 32)
        small = small - small.mean(dim=(2, 3), keepdim=True)
        return torch.nn.functional.normalize(small.flatten(1) @ self._projection, dim=1)


@pytest.fixture(scope="module", autouse=True)
def often() -> Iterator[None]:
    """Examine and keep the state every other step, so that six steps show what hundreds do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fine_tuning, "_EXAM_EVERY", 2)
        patch.setattr(fine_tuning, "_CHECKPOINT_EVERY", 2)
        yield


@pytest.fixture(scope="module")
def whole(bundled: Pair) -> tuple[list[Progress], Style]:
    """An uninterrupted run, all its events, and its style."""
    run = StylizeRun(bundled, HOLDING)
    return list(run.run()), run.style


@pytest.fixture(scope="module")
def rig(whole: tuple[list[Progress], Style]) -> Rig:
    return Styler(whole[1]).rig()


def network_of(style: Style) -> AffineModeNetwork:
    assert style.network is not None
    return style.network


def same_weights(one: AffineModeNetwork, other: AffineModeNetwork) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(mine, theirs) for mine, theirs in pairs)


def assert_sculpt_is_exact(style: Style, rig: Rig) -> None:
    assert np.linalg.norm(rig.vertices - style.sculpt[style.input_order], axis=1).max() <= 1e-5


def test_events_tell_how_far_it_is(whole: tuple[list[Progress], Style], bundled: Pair) -> None:
    events, _ = whole
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["teacher", "train"]
    for stage in stages:
        own = [event for event in events if event.stage == stage]
        assert [event.step for event in own] == list(range(1, own[0].steps + 1))
    train = [event for event in events if event.stage == "train"]
    assert len(train) == STEPS
    for event in train:
        assert event.losses
        assert np.isfinite(list(event.losses.values())).all()
        assert event.seconds_left is not None
    assert train[-1].seconds_left == 0
    last = train[-1].preview
    assert last is not None
    assert last.shape == bundled.styled.shape
    assert np.isfinite(last).all()


def test_training_changes_the_network_for_the_better(whole: tuple[list[Progress], Style]) -> None:
    _, style = whole
    assert not style.is_preview
    assert not same_weights(network_of(style), load_default_source_field().network)
    assert style.metrics["exam_loss"] < style.metrics["exam_loss_before"]
    assert style.settings == HOLDING.as_dict()
    assert all(np.isfinite(value) for value in style.metrics.values())


def test_the_sculpt_is_exact_and_the_sliders_work(whole: tuple[list[Progress], Style], rig: Rig) -> None:
    assert_sculpt_is_exact(whole[1], rig)
    assert rig.names == ARKIT_NAMES
    assert np.isfinite(rig.deltas).all()
    assert np.linalg.norm(rig.deltas, axis=2).max(axis=1).min() > 1e-3


def test_what_the_network_learned_reaches_the_rig(goblin_rig: Rig, rig: Rig) -> None:
    np.testing.assert_array_equal(rig.vertices, goblin_rig.vertices)
    assert np.abs(rig.deltas - goblin_rig.deltas).max() > 1e-5


def test_a_saved_style_gives_the_same_rig(whole: tuple[list[Progress], Style], rig: Rig, tmp_path: Path) -> None:
    save_style(whole[1], tmp_path / "goblin.style")
    assert (tmp_path / "goblin.style").stat().st_size <= 10e6
    again = Styler(load_style(tmp_path / "goblin.style")).rig()
    assert again.name == rig.name
    assert_same_shape(again, rig)


def test_a_killed_run_resumes_to_the_same_style(
    whole: tuple[list[Progress], Style], bundled: Pair, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "goblin.checkpoint"
    killed = StylizeRun(bundled, HOLDING, checkpoint=checkpoint).run()
    assert any(event.stage == "train" and event.step == 5 for event in killed)
    del killed
    kept = checkpoint.read_bytes()
    resumed = StylizeRun(bundled, HOLDING, checkpoint=checkpoint)
    steps = [event.step for event in resumed.run() if event.stage == "train"]
    assert steps == [5, 6]
    for mine, theirs in zip(*(network_of(s).state_dict().values() for s in (resumed.style, whole[1])), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)
    assert resumed.style.metrics == pytest.approx(whole[1].metrics, rel=1e-4)
    checkpoint.write_bytes(kept)
    other = StylizeRun(bundled, replace(HOLDING, seed=2), checkpoint=checkpoint)
    first = next(event.step for event in other.run() if event.stage == "train")
    assert first == 1  # a checkpoint of another run is no help


def test_another_seed_meets_other_people(whole: tuple[list[Progress], Style], bundled: Pair) -> None:
    run = StylizeRun(bundled, replace(HOLDING, seed=2)).run()
    losses = next(event.losses for event in run if event.stage == "train")
    assert losses != next(event.losses for event in whole[0] if event.stage == "train")


@pytest.mark.parametrize("after", ["teacher", "train"])
def test_cancel_raises_and_changes_nothing(bundled: Pair, after: str) -> None:
    seen: list[str] = []
    run = StylizeRun(bundled, TINY, stopped=lambda: "cancel" if seen[-1:] == [after] else "")
    with pytest.raises(Cancelled):
        seen.extend(event.stage for event in run.run())
    assert seen[-1] == after
    assert seen.count(after) == 1
    assert run.style.is_preview


def test_stopping_with_the_best_so_far_gives_a_whole_style(bundled: Pair) -> None:
    seen: list[Progress] = []
    settings = replace(HOLDING, steps=500)
    run = StylizeRun(
        bundled, settings, stopped=lambda: "best" if seen and seen[-1].stage == "train" and seen[-1].step >= 4 else ""
    )
    seen.extend(run.run())
    assert seen[-1].step == 4
    assert not run.style.is_preview
    learned = run.style.metrics["exam_loss"] < run.style.metrics["exam_loss_before"]
    assert same_weights(network_of(run.style), load_default_source_field().network) != learned
    assert_sculpt_is_exact(run.style, Styler(run.style).rig())


def test_images_are_looked_at_when_there_is_an_encoder(bundled: Pair, goblin: Styler) -> None:
    settings = replace(TINY, steps=2)
    run = StylizeRun(bundled, settings, Pooling(), get_renderer("numba"))
    events = list(run.run())
    assert [event.step for event in events if event.stage == "views"] == [1, 2]
    train = [event for event in events if event.stage == "train"]
    assert all({"teacher", "across", "within"} <= set(event.losses) for event in train)
    metrics = run.style.metrics
    assert metrics["exam_across_before"] > 0
    learned = metrics["exam_loss"] < metrics["exam_loss_before"]
    assert same_weights(network_of(run.style), load_default_source_field().network) != learned
    styler = Styler(run.style)
    assert_sculpt_is_exact(run.style, styler.rig())
    np.testing.assert_allclose(styler.neutral(bundled.neutral), goblin.style.sculpt, rtol=0, atol=1e-5)
