# SPDX-License-Identifier: GPL-3.0-or-later
"""One worker process and its job folder: started, polled, asked to stop, and ended when it won't."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from ..shared import protocol
from . import wording
from .events import EventReader

STOP_SECONDS = 12.0
"""How long a cancelled worker may take to leave by itself before it is killed."""
SILENT_SECONDS = 180.0
"""After this long without an event the artist is told that the backend does not answer."""
LOG_BYTES = 1 << 16


class State(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job:
    """A running or finished job; without a ``command`` one whose result is there already.

    Nothing here blocks, except `wait` and `close`; `poll` is what a timer calls.
    """

    def __init__(
        self,
        folder: protocol.JobFolder,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.state = State.RUNNING
        self.latest = protocol.Event()
        self.losses: dict[str, list[tuple[int, float]]] = {}
        self.failure: protocol.Failure | None = None
        self._reader = EventReader(folder.progress)
        self._stop_by = 0.0
        self._last_event = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        if command is None:
            self.state = State.DONE
            return
        with protocol.open_own(folder.log) as log:
            self._process = subprocess.Popen(
                list(command),
                cwd=folder.path,
                env=dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its own group: Ctrl-C in the terminal that Blender runs in is not meant for it.
                start_new_session=sys.platform != "win32",
                creationflags=0x08000200 if sys.platform == "win32" else 0,
            )

    @property
    def ended(self) -> bool:
        return self.state not in {State.RUNNING, State.STOPPING}

    @property
    def paused(self) -> bool:
        return self.folder.pause.exists()

    @property
    def silent_seconds(self) -> float:
        """How long nothing was heard, when that is long enough to tell; else 0."""
        silent = time.monotonic() - self._last_event
        return silent if silent > SILENT_SECONDS and not self.ended and not self.paused else 0.0

    def poll(self) -> bool:
        """Take in what is new; whether anything changed."""
        if self.ended or self._process is None:
            return False
        code = self._process.poll()
        events = self._reader.read()
        for event in events:
            self._take(event)
        if self.ended:
            return True
        if code is not None:
            self._finish(code)
        elif self.state is State.STOPPING and time.monotonic() > self._stop_by:
            self._kill()
            self.state = State.CANCELLED
        return bool(events) or self.ended

    def cancel(self) -> None:
        """Ask the worker to stop; `poll` kills it when it does not hear."""
        if not self.ended:
            protocol.mark(self.folder.cancel)
            self.state = State.STOPPING
            self._stop_by = time.monotonic() + STOP_SECONDS

    def set_paused(self, paused: bool) -> None:
        if paused:
            protocol.mark(self.folder.pause)
        else:
            self.folder.pause.unlink(missing_ok=True)

    def use_best(self) -> None:
        """Ask the worker to end now with the best it has."""
        protocol.mark(self.folder.use_best)

    def wait(self, seconds: float) -> State:
        """Poll until the job has ended; a job that takes longer is cancelled. For scripts and tests."""
        end = time.monotonic() + seconds
        while not self.ended:
            self.poll()
            if time.monotonic() > end and self.state is State.RUNNING:
                self.cancel()
            time.sleep(0.02)
        return self.state

    def close(self) -> None:
        """End the worker now, if it still runs, and reap it; its folder can be taken up again."""
        if self._process is not None and self._process.poll() is None:
            self._kill()
        if not self.ended:
            self.state = State.CANCELLED

    def log_tail(self) -> str:
        """The last lines of the worker's log."""
        return tail(self.folder.log, LOG_BYTES)

    def _take(self, event: protocol.Event) -> None:
        if event.protocol != protocol.PROTOCOL_VERSION:
            self._kill()
            self._fail(protocol.Failure(*wording.ENDINGS[protocol.ExitCode.WRONG_PROTOCOL], code="protocol"))
            return
        self._last_event = time.monotonic()
        self.latest = event
        for name, value in event.losses.items():
            self.losses.setdefault(name, []).append((event.step, value))

    def _finish(self, code: int) -> None:
        if code == protocol.ExitCode.DONE and self.folder.result.exists():
            self.state = State.DONE
        elif code == protocol.ExitCode.CANCELLED or self.state is State.STOPPING:
            self.state = State.CANCELLED
        else:
            stated = self.folder.read_failure()
            self._fail(stated or protocol.Failure(*wording.ending(code), detail=self.log_tail()[-4000:]))

    def _fail(self, failure: protocol.Failure) -> None:
        self.failure = failure
        self.state = State.FAILED

    def _kill(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(timeout=10)


def tail(path: Path, most: int) -> str:
    """The last ``most`` bytes of a log; empty when there is none."""
    try:
        with open(path, "rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - most))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
