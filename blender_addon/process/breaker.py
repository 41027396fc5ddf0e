# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit on restarts: a backend that keeps crashing is not started again and again."""

import time
from collections.abc import Callable

MOST_CRASHES = 3
WINDOW_SECONDS = 600.0


class Breaker:
    """Counts crashes within a while; opens when there were too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._crashes: list[float] = []

    def crashed(self) -> None:
        self._crashes.append(self._clock())

    def reset(self) -> None:
        """Forget the crashes: a job succeeded, or the artist mended the backend."""
        self._crashes.clear()

    @property
    def open(self) -> bool:
        """Whether starting another worker is pointless for now."""
        start = self._clock() - WINDOW_SECONDS
        self._crashes = [moment for moment in self._crashes if moment > start]
        return len(self._crashes) >= MOST_CRASHES
