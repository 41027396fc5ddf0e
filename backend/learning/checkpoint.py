# SPDX-License-Identifier: GPL-3.0-or-later
"""State of a training on disk, and the best state so far in memory."""

import copy
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

from ..files import atomic_write


def read_state(path: Path) -> dict[str, Any] | None:
    """What a checkpoint holds; None where there is none, or none that can be read."""
    try:
        state = torch.load(path, weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, UnpicklingError):
        return None
    return state if isinstance(state, dict) else None


class Checkpoint:
    """Keeps a training resumable after a kill, and remembers its best state.

    Parameters
    ----------
    path
        File of the checkpoint; None keeps nothing on disk.
    network, optimizer, schedule
        What is trained.
    key
        What the run was started with; a file with another key is not resumed.
    """

    def __init__(
        self,
        path: Path | None,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
        key: dict[str, Any],
    ) -> None:
        self._path, self._key = path, key
        self._network, self._optimizer, self._schedule = network, optimizer, schedule
        self._best: dict[str, Any] = {}

    def resume(self) -> int:
        """Load the file if it belongs to this run; the step to go on from, 0 for a fresh start."""
        state = None if self._path is None else read_state(self._path)
        if state is None or state.get("key") != self._key:
            return 0
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self._best = state["best"]
        return int(state["step"])

    def save(self, step: int) -> None:
        """Write the state after ``step`` steps."""
        if self._path is None:
            return
        with atomic_write(self._path) as temporary:
            torch.save(
                {
                    "key": self._key,
                    "step": step,
                    "network": self._network.state_dict(),
                    "optimizer": self._optimizer.state_dict(),
                    "schedule": self._schedule.state_dict(),
                    "best": self._best,
                },
                temporary,
            )

    def offer(self, error: float, metrics: dict[str, float]) -> None:
        """Remember the present state if its error is the lowest so far."""
        if not self._best or error < self._best["error"]:
            state = copy.deepcopy(self._network.state_dict())
            self._best = {"error": error, "metrics": metrics, "network": state}

    def restore_best(self) -> dict[str, float]:
        """Put the best state back into the network; its metrics."""
        self._network.load_state_dict(self._best["network"])
        return dict(self._best["metrics"])

    def discard(self) -> None:
        """Remove the file of a run that has ended well."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
