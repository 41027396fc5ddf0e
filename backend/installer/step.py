# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of a set-up: a child process whose output goes to a log while its progress is reported."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .failures import explain
from .machine import clean_variables


@dataclass(frozen=True)
class Progress:
    """Where a set-up stands: the step in words, and how it goes."""

    step: str
    done: int
    total: int
    seconds: float = 0.0
    megabytes: float = 0.0  # downloaded in this step so far


def run_step(command: Sequence[str | Path], log: Path, start: Progress, report: Callable[[Progress], None]) -> None:
    """Run a program; append its output to ``log``; call ``report`` twice a second until it ends.

    Its temporary files go into a folder beside the log, not to the system's, which is often a small disk in
    memory.

    Raises
    ------
    UserError
        When the program fails, saying why; see `explain`.
    """
    temporary = log.parent / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    report(start)
    began = time.monotonic()
    variables = clean_variables(TMPDIR=str(temporary), TEMP=str(temporary), TMP=str(temporary))
    with log.open("ab") as stream:
        position = stream.seek(0, os.SEEK_END)
        child = subprocess.Popen(
            [str(part) for part in command],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            while child.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=0.5)
                seconds = time.monotonic() - began
                report(Progress(start.step, start.done, start.total, seconds, folder_megabytes(temporary)))
        finally:
            child.kill()
            child.wait()
            shutil.rmtree(temporary, ignore_errors=True)
    if child.returncode:
        output = log.read_bytes()[position:].decode("utf-8", "replace")
        raise explain(output, child.returncode, str(log))


def folder_megabytes(folder: Path) -> float:
    """Return the size of the files in a folder while another process writes and deletes them."""
    total = 0
    for parent, _, names in os.walk(folder):  # leaves out folders that are gone when their turn comes
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(parent, name).stat().st_size
    return total / 1e6
