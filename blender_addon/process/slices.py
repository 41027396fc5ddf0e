# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in slices: a generator that yields wherever it may rest, so that Blender draws in between."""

import time
from collections.abc import Generator
from typing import Generic, TypeVar

T = TypeVar("T")
Work = Generator[None, None, T]
"""Work that may rest wherever it yields; what it returns is its result."""


class Slices(Generic[T]):
    """Work that goes on a little at every call."""

    result: T

    def __init__(self, work: Work[T]) -> None:
        self._work = work

    def go_on(self, seconds: float) -> bool:
        """Work for about so long, one step at least; whether all is done, and ``result`` there."""
        end = time.perf_counter() + seconds
        while True:
            try:
                next(self._work)
            except StopIteration as done:
                self.result = done.value
                return True
            if time.perf_counter() >= end:
                return False


def at_once(work: Work[T]) -> T:
    """Do all of it now, and give its result."""
    slices = Slices(work)
    slices.go_on(float("inf"))
    return slices.result
