# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C: a training is asked to stop after its step, everything else stops at once."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import Cancelled


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def terminate_like_interrupt() -> None:
    """Let a polite kill (SIGTERM) clean up as Ctrl-C does."""
    try:
        signal.signal(signal.SIGTERM, _interrupt)
    except ValueError:  # not the main thread: whoever owns the process decides
        return


@contextmanager
def polite_stop(minutes: float | None = None) -> Iterator[Callable[[], str]]:
    """Yield the function that a training polls: "cancel" after Ctrl-C, "best" after ``minutes``.

    The first Ctrl-C inside the block only asks; the second interrupts.
    """
    asked: list[int] = []
    ends = None if minutes is None else time.monotonic() + 60 * minutes

    def ask(number: int, frame: FrameType | None) -> None:
        if asked:
            _interrupt(number, frame)
        asked.append(number)

    def stopped() -> str:
        if asked:
            return "cancel"
        return "best" if ends is not None and time.monotonic() > ends else ""

    try:
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:
        before = {}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:  # it came after the last poll
        raise Cancelled
