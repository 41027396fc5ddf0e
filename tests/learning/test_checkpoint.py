# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint belongs to one run, is whole or not used, and no disk that it does not fit on ends a training."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.errors import Cancelled
from backend.learning.checkpoint import Checkpoint, run_key
from backend.learning.field.source_field import SourceField
from backend.learning.fine_tuning.best_state import BestState
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
    assert not any(event.note for event in events)
    assert not torch.equal(_weights(field), _weights(untrained(small_model)))
    return _weights(field)


def test_a_killed_pretraining_goes_on_where_it_was(
    small_model: MorphableModel, finished: torch.Tensor, awkward_path: Path
) -> None:
    path = awkward_path / "pretrain.pt"
    killed = pretrain(untrained(small_model), _SETTINGS, path)
    for _ in range(4):
        next(killed)
    killed.close()
    again = untrained(small_model)
    events = list(pretrain(again, _SETTINGS, path))
    assert [event.step for event in events] == [4, 5, 6]
    assert [event.note for event in events] == ["Going on after step 3.", "", ""]
    torch.testing.assert_close(_weights(again), finished, rtol=0, atol=1e-6)
    through = untrained(small_model)  # what was done is kept until the caller has its result in a file
    assert not list(pretrain(through, _SETTINGS, path))
    torch.testing.assert_close(_weights(through), finished, rtol=0, atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut", b"\x80\x02N."])
def test_a_damaged_file_means_a_fresh_start_and_is_told(
    small_model: MorphableModel, finished: torch.Tensor, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "damaged.pt"
    path.write_bytes(content)
    field = untrained(small_model)
    events = list(pretrain(field, _SETTINGS, path))
    assert [event.step for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[0].note == "“damaged.pt” is damaged, or of another version; starting anew."
    torch.testing.assert_close(_weights(field), finished, rtol=0, atol=1e-6)


def test_a_cancelled_pretraining_stops(small_model: MorphableModel) -> None:
    with pytest.raises(Cancelled):
        next(pretrain(untrained(small_model), _SETTINGS, stopped=lambda: "cancel"))
    assert not list(pretrain(untrained(small_model), _SETTINGS, stopped=lambda: "best"))


def _keeper(path: Path | None, key: str) -> tuple[Checkpoint, torch.nn.Linear]:
    torch.manual_seed(1)
    network = torch.nn.Linear(2, 1)
    return Checkpoint(path, key, {"network": network, "optimizer": torch.optim.Adam(network.parameters())}), network


def _saved(path: Path) -> torch.Tensor:
    keeper, network = _keeper(path, "a")
    with torch.no_grad():
        network.weight.fill_(5)
    keeper.save(7)
    return network.weight


def test_only_the_same_run_resumes(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    weight = _saved(path)
    same, resumed = _keeper(path, "a")
    assert same.resume() == 7
    assert torch.equal(resumed.weight, weight)
    other, fresh = _keeper(path, "b")
    assert other.resume() == 0
    assert other.note() == "“run.pt” belongs to other input or settings; starting anew."
    assert other.note() == ""
    assert not torch.equal(fresh.weight, weight)


def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    _saved(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    head = np.arange(60)  # the mark and the checksum themselves
    for place in [*head, *rng.integers(len(whole), size=200), len(whole) - 1]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        keeper, network = _keeper(path, "a")
        assert keeper.resume() == 0, place
        assert "damaged" in keeper.note()
        assert not (network.weight == 5).any()
    for cut in (0, 10, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert _keeper(path, "a")[0].resume() == 0


def test_a_key_tells_arrays_with_the_same_sum_apart() -> None:
    sculpt = np.random.default_rng(0).normal(size=(50, 3))
    swapped = sculpt[::-1].copy()  # the same numbers, hence the same sum
    assert np.isclose(sculpt.sum(), swapped.sum(), atol=0, rtol=1e-12)
    key = run_key(sculpt=sculpt, seed=1)
    assert run_key(seed=1, sculpt=sculpt.copy()) == key
    assert run_key(seed=1, sculpt=sculpt * (1 + 1e-15)) == key  # as another number of threads computes it
    others = [
        run_key(sculpt=swapped, seed=1),
        run_key(sculpt=sculpt, seed=2),
        run_key(sculpt=sculpt.reshape(3, 50), seed=1),
        run_key(neutral=sculpt, seed=1),
        run_key(sculpt=sculpt + np.where(np.arange(150).reshape(50, 3) == 7, 1e-6, 0), seed=1),
    ]
    assert len({key, *others}) == 1 + len(others)


def test_what_killed_writes_left_goes_with_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "goblin[1].style.checkpoint"
    _saved(path)
    left = tmp_path / ".goblin[1].style.0123abcd.part.checkpoint"
    others = [tmp_path / ".goblin1.style.0123abcd.part.checkpoint", tmp_path / ".goblin[1].0123abcd.part.style"]
    for leftover in (left, *others):
        leftover.write_bytes(b"half")
    assert _keeper(path, "a")[0].resume() == 7
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])


_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from backend.learning.checkpoint import Checkpoint

network, path = torch.nn.Linear(200, 200), Path(sys.argv[1])
keeper = Checkpoint(path, "a", {"network": network})
keeper.save(1)
print(keeper.note() or "kept", len(list(path.parent.iterdir())))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
for step in (2, 3):
    keeper.save(step)
    print(keeper.note() or "silent", len(list(path.parent.iterdir())))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(keeper.resume())
keeper.save(4)
print(keeper.resume())
"""


def test_a_checkpoint_that_does_not_fit_is_told_once_and_the_older_one_stays(awkward_path: Path) -> None:
    path = awkward_path / "run.checkpoint"
    told = subprocess.run(
        [sys.executable, "-c", _ON_A_FULL_DISK, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONUTF8": "1"},
    ).stdout.splitlines()
    lost = f"“{path}” could not be written: it is larger than a file may be there. "
    lost += "The training goes on, but can't be taken up again from here."
    assert told == ["kept 1", f"{lost} 1", "silent 1", "1", "4"]


def test_the_best_state_comes_back_and_is_not_touched_by_later_steps() -> None:
    network = torch.nn.Linear(2, 1)
    best = BestState(network)
    for value, error in ((1.0, 3.0), (2.0, 1.0), (3.0, 2.0)):
        with torch.no_grad():
            network.weight.fill_(value)
        best.offer(error, {"error": error})
    assert best.restore() == {"error": 1.0}
    assert (network.weight == 2).all()
