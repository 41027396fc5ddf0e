# SPDX-License-Identifier: GPL-3.0-or-later
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from backend.errors import Cancelled
from backend.head.geometry import HeadGeometry, head_geometry
from backend.learning.field.field import Code
from backend.learning.field.source_field import SourceField
from backend.learning.field.styled_field import StyledField
from backend.learning.fine_tuning import fine_tuning
from backend.learning.fine_tuning.fine_tuning import FineTuning
from backend.learning.fine_tuning.settings import LossWeights, StyleSettings
from backend.learning.perception.encoder import load_encoder
from backend.learning.progress import Progress
from backend.learning.rendering.renderer import get_renderer
from backend.morphable_model import MorphableModel
from backend.morphable_model.identity_fit import fit_identity
from tests.learning.conftest import untrained

Array = NDArray[np.float64]

_SURFACE = StyleSettings(
    preset="tiny",
    anchor="source",
    steps=12,
    people=1,
    faces=1,
    lessons=4,
    view_codes=1,
    views=1,
    image_every=0,
    batch=2,
    vertices=512,
    learning_rate=3e-3,
    weights=LossWeights(encoder=0, across=0, within=0),
)


@pytest.fixture(scope="module")
def geometry(small_model: MorphableModel) -> HeadGeometry:
    return head_geometry(small_model)


def _run(
    geometry: HeadGeometry,
    goblin: tuple[Array, Array],
    settings: StyleSettings,
    images: bool = False,
    checkpoint: Path | None = None,
    stopped: Callable[[], str] = lambda: "",
) -> FineTuning:
    neutral, styled = goblin
    return FineTuning(
        geometry=geometry,
        source=untrained(geometry.model),
        identity=fit_identity(geometry.model, neutral).identity,
        reference=neutral,
        sculpt=styled,
        settings=settings,
        encoder=load_encoder("offline") if images else None,
        renderer=get_renderer("numba") if images else None,
        checkpoint=checkpoint,
        stopped=stopped,
    )


def _weights(run: FineTuning) -> torch.Tensor:
    return _weights_of(run.styled)


def _weights_of(field: SourceField | StyledField) -> torch.Tensor:
    return torch.cat([parameter.detach().ravel() for parameter in field.network.parameters()])


@pytest.fixture(scope="module")
def finished(geometry: HeadGeometry, goblin: tuple[Array, Array]) -> tuple[FineTuning, list[Progress]]:
    run = _run(geometry, goblin, _SURFACE)
    return run, list(run.run())


def test_training_brings_the_field_nearer_to_sculpt_and_teacher(
    finished: tuple[FineTuning, list[Progress]], goblin: tuple[Array, Array]
) -> None:
    run, events = finished
    assert run.metrics["exam_loss"] < run.metrics["exam_loss_before"]
    training = [event for event in events if event.stage == "train"]
    assert [event.step for event in training] == list(range(1, 13))
    vertex = [event.losses["vertex"] for event in training]
    assert np.mean(vertex[-3:]) < 0.9 * np.mean(vertex[:3])
    last = training[-1].preview
    assert last is not None
    assert last.shape == goblin[1].shape
    before, after = (np.linalg.norm(face - goblin[1], axis=1).mean() for face in (goblin[0], last))
    assert after < before
    assert not any(parameter.requires_grad for parameter in run.styled.network.parameters())


def test_the_frozen_source_is_not_trained(
    finished: tuple[FineTuning, list[Progress]], small_model: MorphableModel
) -> None:
    fresh = untrained(small_model).network.state_dict()
    for name, tensor in finished[0].source.network.state_dict().items():
        assert torch.equal(tensor, fresh[name])


def test_the_same_seed_gives_the_same_style_and_another_does_not(
    finished: tuple[FineTuning, list[Progress]], geometry: HeadGeometry, goblin: tuple[Array, Array]
) -> None:
    again, other = _run(geometry, goblin, _SURFACE), _run(geometry, goblin, replace(_SURFACE, seed=2))
    for run in (again, other):
        for _ in run.run():
            pass
    torch.testing.assert_close(_weights(again), _weights(finished[0]), rtol=1e-5, atol=1e-6)
    assert (_weights(other) - _weights(finished[0])).abs().max() > 1e-4


def test_a_killed_run_goes_on_and_ends_the_same(
    finished: tuple[FineTuning, list[Progress]],
    geometry: HeadGeometry,
    goblin: tuple[Array, Array],
    awkward_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fine_tuning, "_CHECKPOINT_EVERY", 5)
    path = awkward_path / "state.pt"
    events = _run(geometry, goblin, _SURFACE, checkpoint=path).run()
    while (event := next(events)).stage != "train" or event.step < 7:
        pass
    events.close()
    assert path.exists()
    kept = path.read_bytes()
    resumed = _run(geometry, goblin, _SURFACE, checkpoint=path)
    training = [event for event in resumed.run() if event.stage == "train"]
    assert [event.step for event in training] == list(range(6, 13))
    assert training[0].note == "Going on after step 5."
    torch.testing.assert_close(_weights(resumed), _weights(finished[0]), rtol=1e-5, atol=1e-6)
    assert resumed.metrics == pytest.approx(finished[0].metrics, rel=1e-4)

    # Until the style is in its file the whole training is kept: a run again has nothing left to do.
    through = _run(geometry, goblin, _SURFACE, checkpoint=path)
    assert all(event.stage != "train" for event in through.run())
    torch.testing.assert_close(_weights(through), _weights(finished[0]), rtol=1e-5, atol=1e-6)

    # A sculpt of the same numbers in other places has the same sum, and is another sculpt.
    path.write_bytes(kept)
    neutral, styled = goblin
    swapped = styled.copy()
    swapped[[100, 200]] = swapped[[200, 100]]
    other = _run(geometry, (neutral, swapped), _SURFACE, checkpoint=path).run()
    first = next(event for event in other if event.stage == "train")
    assert first.step == 1
    assert "belongs to other input" in first.note


@pytest.mark.parametrize("stage", ["teacher", "train"])
def test_cancel_stops_at_once(geometry: HeadGeometry, goblin: tuple[Array, Array], stage: str) -> None:
    asked = [""]
    events = _run(geometry, goblin, _SURFACE, stopped=lambda: asked[0]).run()
    while next(events).stage != stage:
        pass
    asked[0] = "cancel"
    with pytest.raises(Cancelled):
        next(events)


def test_best_ends_early_with_what_was_learned_so_far(
    geometry: HeadGeometry, goblin: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tuning, "_EXAM_EVERY", 2)
    asked = [""]
    run = _run(geometry, goblin, _SURFACE, stopped=lambda: asked[0])
    steps = []
    for event in run.run():
        if event.stage == "train":
            steps.append(event.step)
            asked[0] = "best" if event.step == 2 else asked[0]
    assert steps == [1, 2]
    shape = run.source.shape
    neutral = torch.as_tensor(goblin[0], dtype=torch.float32)[None]
    with torch.no_grad():
        code = Code.of(np.zeros((1, shape.identity)), np.zeros((1, shape.expressions)), shape)
        moved = run.styled.local_displacement(code, neutral, neutral, torch.zeros(1, len(goblin[0])))
    assert moved.isfinite().all()
    assert not any(parameter.requires_grad for parameter in run.styled.network.parameters())


def test_where_nothing_better_is_found_the_untrained_network_is_kept_and_the_metrics_say_so(
    geometry: HeadGeometry, goblin: tuple[Array, Array], finished: tuple[FineTuning, list[Progress]]
) -> None:
    run = _run(geometry, goblin, replace(_SURFACE, steps=2, learning_rate=10.0))  # each step is one into the void
    assert len([event for event in run.run() if event.stage == "train"]) == 2
    assert run.metrics["kept_step"] == 0
    assert run.metrics["exam_loss"] == run.metrics["exam_loss_before"]
    fresh = untrained(geometry.model).network.state_dict()
    for name, value in run.styled.network.state_dict().items():
        assert torch.equal(value, fresh[name])
    assert finished[0].metrics["kept_step"] == _SURFACE.steps


@pytest.mark.parametrize("anchor", ["teacher", "source"])
def test_image_losses_reach_the_network(
    geometry: HeadGeometry, goblin: tuple[Array, Array], anchor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tuning, "_EXAM_SIZE", 1)
    settings = replace(_SURFACE, anchor=anchor, steps=2, image_every=1, weights=LossWeights(), view_codes=1, views=2)
    run = _run(geometry, goblin, settings, images=True)
    training = [event for event in run.run() if event.stage == "train"]
    assert len(training) == 2
    for event in training:
        assert {"across", "within"} <= set(event.losses)
        assert all(np.isfinite(value) for value in event.losses.values())
        assert event.losses["across"] > 0
    assert np.isfinite(run.metrics["exam_loss"])
