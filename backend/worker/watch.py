# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's watchdog: signs of life, and an end when its parent is gone or a cancel is not heard.

The watchdog is a daemon thread, because the job itself may be inside one long library call. It only
looks at files and process ids; ending the process here loses nothing, since every file of a job is
renamed into place whole.
"""

import contextlib
import os
import sys
import threading

from backend.protocol import ExitCode, JobFolder

BEAT_SECONDS = 0.5
"""How often a living worker touches its ``alive`` file."""
GRACE_SECONDS = 20.0
"""How long a job may take to stop by itself once it is asked to."""


def process_alive(pid: int) -> bool:
    """Whether a process of this id runs."""
    if sys.platform == "win32":
        import ctypes

        synchronize, still_waiting = 0x00100000, 0x00000102
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(synchronize, False, pid)
        if not handle:
            return False
        alive = kernel.WaitForSingleObject(handle, 0) == still_waiting
        kernel.CloseHandle(handle)
        return alive
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class ParentWatch:
    """Tells whether the process that asked for the job still runs."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        # A parent's id can be given to another process after its end, but a child is then re-parented.
        self._direct = pid != 0 and sys.platform != "win32" and os.getppid() == pid

    def gone(self) -> bool:
        if self._pid == 0:
            return False
        return os.getppid() != self._pid if self._direct else not process_alive(self._pid)


class Watchdog(threading.Thread):
    """Touches ``alive`` while the worker runs, and ends a worker that no one wants any more."""

    def __init__(self, folder: JobFolder, parent: ParentWatch, grace: float = GRACE_SECONDS) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._folder = folder
        self._parent = parent
        self._grace = grace
        self._done = threading.Event()

    def run(self) -> None:
        unwanted = 0.0
        while not self._done.wait(BEAT_SECONDS):
            with contextlib.suppress(OSError):  # a full disk is the job's to report, not the watchdog's
                self._folder.beat()
            orphan = self._parent.gone()
            unwanted = unwanted + BEAT_SECONDS if orphan or self._folder.cancel.exists() else 0.0
            if unwanted > self._grace:
                os._exit(ExitCode.PARENT_GONE if orphan else ExitCode.CANCELLED)

    def stop(self) -> None:
        """End the thread; the worker is about to leave by itself."""
        self._done.set()
        self.join(timeout=5)
