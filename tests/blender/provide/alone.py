# SPDX-License-Identifier: GPL-3.0-or-later
"""One process at a time."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other process holds this lock; the system lifts it when a process ends, however it ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("wb") as stream:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
