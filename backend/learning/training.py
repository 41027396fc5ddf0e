# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that every training here takes: descend, keep the state, tell how far it is."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import Cancelled
from .checkpoint import Checkpoint
from .progress import Progress

Update = Callable[[int], tuple[dict[str, float], NDArray[np.float32] | None]]
"""One step of a training, by its number: what it tells, as in `Progress.losses` and `Progress.preview`."""


class Training:
    """A network and its optimiser on one cycle of the learning rate, resumable after a kill.

    Parameters
    ----------
    network, optimizer
        What is trained.
    cycle, rise
        Steps of the cycle, and the share of them in which the rate rises (`OneCycleLR`).
    clip
        Largest norm of a step's gradient.
    """

    def __init__(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, cycle: int, rise: float, clip: float = float("inf")
    ) -> None:
        self._network, self._optimizer, self._clip = network, optimizer, clip
        peak = optimizer.defaults["lr"]
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=cycle, pct_start=rise)

    def descend(self, loss: Tensor) -> None:
        """One step of the optimiser."""
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self._clip < float("inf"):
            nn.utils.clip_grad_norm_(self._network.parameters(), self._clip)
        self._optimizer.step()
        self._schedule.step()

    def run(
        self,
        stage: str,
        steps: int,
        update: Update,
        stopped: Callable[[], str] = lambda: "",
        path: Path | None = None,
        key: str = "",
        every: int = 1,
        **others: Any,
    ) -> Iterator[Progress]:
        """Take all steps that are left, with `Progress` of ``stage`` after each.

        Parameters
        ----------
        stage, steps, update
            What it is called, how many steps it has, and what each of them does.
        stopped
            Polled before every step: "cancel" raises, "best" ends the run as it is, "" goes on.
        path, key, every
            See `Checkpoint`; written every so many steps, and after the last.
        others
            What is kept in the checkpoint besides network, optimiser and schedule.

        Raises
        ------
        Cancelled
            When ``stopped`` says so.
        """
        parts = {"network": self._network, "optimizer": self._optimizer, "schedule": self._schedule, **others}
        checkpoint = Checkpoint(path, key, parts)
        first, started = checkpoint.resume(), time.monotonic()
        for step in range(first, steps):
            if (asked := stopped()) == "cancel":
                raise Cancelled("The training was cancelled.")
            if asked:
                return
            losses, preview = update(step)
            if (step + 1) % every == 0 or step + 1 == steps:
                checkpoint.save(step + 1)
            left = (time.monotonic() - started) / (step + 1 - first) * (steps - step - 1)
            yield Progress(stage, step + 1, steps, losses, left, preview, checkpoint.note())
