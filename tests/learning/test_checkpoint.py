# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.learning.checkpoint import Checkpoint
from backend.learning.field.source_field import SourceField
from backend.learning.pretraining.pretrain import PretrainSettings, pretrain
from backend.morphable_model import MorphableModel
from tests.learning.conftest import untrained

_SETTINGS = PretrainSettings(steps=6, codes=3, points=64, checkpoint_every=3)


def _weights(field: SourceField) -> torch.Tensor:
    return torch.cat([parameter.detach().ravel() for parameter in field.network.parameters()])


@pytest.fixture(scope="module")
def finished(small_model: MorphableModel) -> torch.Tensor:
    """Weights after an uninterrupted run."""
    field = untrained(small_model)
    events = list(pretrain(field, _SETTINGS))
    assert [event.step for event in events] == [1, 2, 3, 4, 5, 6]
    assert all(np.isfinite(event.losses["mm2"]) for event in events)
    assert not torch.equal(_weights(field), _weights(untrained(small_model)))
    return _weights(field)


def test_a_killed_pretraining_goes_on_where_it_was(
    small_model: MorphableModel, finished: torch.Tensor, awkward_path: Path
) -> None:
    path = awkward_path / "state" / "pretrain.pt"
    killed = pretrain(untrained(small_model), _SETTINGS, path)
    for _ in range(4):
        next(killed)
    killed.close()
    again = untrained(small_model)
    events = list(pretrain(again, _SETTINGS, path))
    assert [event.step for event in events] == [4, 5, 6]
    torch.testing.assert_close(_weights(again), finished, rtol=0, atol=1e-7)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut", b"\x80\x02N."])
def test_a_damaged_file_means_a_fresh_start(
    small_model: MorphableModel, finished: torch.Tensor, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "damaged.pt"
    path.write_bytes(content)
    field = untrained(small_model)
    assert [event.step for event in pretrain(field, _SETTINGS, path)] == [1, 2, 3, 4, 5, 6]
    torch.testing.assert_close(_weights(field), finished, rtol=0, atol=1e-7)


def test_a_cancelled_pretraining_stops(small_model: MorphableModel) -> None:
    assert not list(pretrain(untrained(small_model), _SETTINGS, cancelled=lambda: True))


def _keeper(path: Path | None, key: str) -> tuple[Checkpoint, torch.nn.Linear]:
    torch.manual_seed(1)
    network = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
    return Checkpoint(path, network, optimizer, schedule, {"key": key}), network


def test_only_the_same_run_resumes(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    keeper, network = _keeper(path, "a")
    with torch.no_grad():
        network.weight.fill_(5)
    keeper.offer(0.5, {"error": 0.5})
    keeper.save(7)
    same, resumed = _keeper(path, "a")
    assert same.resume() == 7
    assert torch.equal(resumed.weight, network.weight)
    assert same.restore_best() == {"error": 0.5}
    other, fresh = _keeper(path, "b")
    assert other.resume() == 0
    assert not torch.equal(fresh.weight, network.weight)
    for cut in (0, 10, path.stat().st_size // 2):
        path.write_bytes(path.read_bytes()[:cut])
        assert _keeper(path, "a")[0].resume() == 0
    same.discard()
    assert not path.exists()


def test_the_best_state_comes_back_and_is_not_touched_by_later_steps() -> None:
    keeper, network = _keeper(None, "a")
    for value, error in ((1.0, 3.0), (2.0, 1.0), (3.0, 2.0)):
        with torch.no_grad():
            network.weight.fill_(value)
        keeper.offer(error, {"error": error})
    keeper.save(1)
    assert keeper.restore_best() == {"error": 1.0}
    assert (network.weight == 2).all()
