# SPDX-License-Identifier: GPL-3.0-or-later
"""Wall and processor time, read together."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Duration:
    """Wall time and the processor time of all threads, seconds."""

    seconds: float
    processor: float


class Clock:
    """Reads the time since it was made."""

    def __init__(self) -> None:
        self._start = Duration(time.perf_counter(), time.process_time())

    def read(self) -> Duration:
        """How long ago that was."""
        start = self._start
        return Duration(time.perf_counter() - start.seconds, time.process_time() - start.processor)
