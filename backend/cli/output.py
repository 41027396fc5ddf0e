# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command tells its results: sentences and bars for people, JSON for machines."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ..errors import UserError
from .progress import Report, bars, json_lines, plain_lines


class ExitCode(IntEnum):
    """What the process returns."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    """Some of several results are there, others failed (``apply --keep-going``)."""
    CANCELLED = 130


class Output:
    """Where a command puts what it has to say.

    For people, results go to standard output, and notes, progress and errors to standard error. For
    machines, standard output carries exactly one JSON object, and standard error one JSON object per
    line for everything that happens before.

    Parameters
    ----------
    as_json
        Whether a machine listens.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._started = time.monotonic()
        self._console = Console(soft_wrap=True, highlight=False)
        self._errors = Console(stderr=True, soft_wrap=True, highlight=False)

    def note(self, sentence: str) -> None:
        """Tell something on the way: what was converted, where a run goes on."""
        if self.as_json:
            self._line({"event": "note", "message": sentence})
        else:
            self._errors.print(sentence, markup=False, style="dim")

    def notes(self, sentences: Iterable[str]) -> None:
        """Tell several such things."""
        for sentence in sentences:
            self.note(sentence)

    @property
    def seconds(self) -> float:
        """How long the command has been running."""
        return time.monotonic() - self._started

    @contextmanager
    def progress(self) -> Iterator[Report]:
        """Yield a function that takes `training.progress.Progress` events and shows them."""
        if self.as_json:
            yield json_lines(self._line)
        elif self._errors.is_terminal:
            with bars(self._errors) as report:
                yield report
        else:
            yield plain_lines(partial(self._errors.print, markup=False))

    def result(self, lines: Sequence[str], fields: Mapping[str, Any]) -> None:
        """Tell how the command ended: ``lines`` for people, ``fields`` for machines."""
        if self.as_json:
            self._object({"ok": True, **fields})
            return
        for line in lines:
            self._console.print(line, markup=False)

    def table(self, table: Table) -> None:
        """Show a table to people; machines get its values with the result."""
        if not self.as_json:
            # A pipe has no width, and wrapped to 80 columns a table is hard to search.
            wide = self._console if self._console.is_terminal else Console(width=240, highlight=False)
            wide.print(table)

    def files(self, command: str, paths: Sequence[Path], lines: Sequence[str] = (), **fields: Any) -> None:
        """Tell which files a command wrote, then ``lines``."""
        width = max((len(str(path)) for path in paths), default=0)
        told = [f"{path!s:{width}}  {_size(path)}" for path in paths]
        about = {"command": command, "outputs": [str(path) for path in paths]}
        self.result([*told, *lines], about | fields | {"seconds": round(self.seconds, 2)})

    def problem(self, error: UserError, about: str) -> None:
        """Tell what went wrong with one thing, such as a file, while the command goes on."""
        if self.as_json:
            self._line({"event": "error", "about": about, **described(error)})
        else:
            self._tell(f"{about}: {error.message}", error.remedy)

    def failure(self, error: UserError, **more: Any) -> None:
        """Tell what went wrong and what to do about it."""
        if self.as_json:
            self._object({"ok": False, "error": {**described(error), **more}})
        else:
            self._tell(error.message, error.remedy)

    def cancelled(self, remedy: str) -> None:
        """Tell that the person stopped it, and what is left."""
        if self.as_json:
            self.failure(UserError("Cancelled.", remedy, code="cancelled"))
        else:
            self._errors.print(f"Cancelled. {remedy}", markup=False)

    def _tell(self, message: str, remedy: str) -> None:
        self._errors.print(message, markup=False, style="bold red")
        self._errors.print(f"→ {remedy}", markup=False)

    def _line(self, values: Mapping[str, Any]) -> None:
        sys.stderr.write(json.dumps(values, ensure_ascii=False) + "\n")
        sys.stderr.flush()

    def _object(self, values: Mapping[str, Any]) -> None:
        sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def described(error: UserError) -> dict[str, str]:
    """An error as machines get it."""
    return {"code": error.code, "message": error.message, "remedy": error.remedy}


def error_lines(errors: Mapping[str, float], unit: str = "") -> list[str]:
    """A line for each measured error."""
    width = max(len(name) for name in errors)
    return [f"  {name.replace('_', ' '):{width}}  {value:.4f}{unit}" for name, value in errors.items()]


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def duration(seconds: float) -> str:
    """``seconds`` as people say it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
