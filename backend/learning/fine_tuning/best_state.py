# SPDX-License-Identifier: GPL-3.0-or-later
"""The best state that a network had during its training."""

import copy
from typing import Any

from torch import nn


class BestState:
    """Remembers the state of ``network`` with the lowest error that was offered."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._best: dict[str, Any] = {}

    def offer(self, error: float, metrics: dict[str, float]) -> None:
        """Remember the present state if its error is the lowest so far."""
        if not self._best or error < self._best["error"]:
            state = copy.deepcopy(self._network.state_dict())
            self._best = {"error": error, "metrics": metrics, "network": state}

    def restore(self) -> dict[str, float]:
        """Put the best state back into the network; its metrics."""
        self._network.load_state_dict(self._best["network"])
        return dict(self._best["metrics"])

    def state_dict(self) -> dict[str, Any]:
        """For a `Checkpoint`."""
        return self._best

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        """From a `Checkpoint`."""
        self._best = state_dict
