# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress events shown as bars on a terminal, as a few lines in a log, or as JSON lines."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

if TYPE_CHECKING:
    from ..learning.progress import Progress

Report = Callable[["Progress"], None]

STAGES = {
    "download": "Downloading the encoder",
    "fit": "Finding the neutral face",
    "teacher": "Styling random people",
    "views": "Looking at the sculpt",
    "train": "Learning the style",
    "finish": "Finishing",
    "pretrain": "Training the field",
    "faces": "Making faces",
    "files": "Writing files",
    "measure": "Measuring",
}
"""What people call the stages of a job."""

_SECONDS_BETWEEN_LINES = 0.1
_UNREPRESENTATIVE = 3  # the first steps load and compile
_SECONDS_BETWEEN_LINES_OF_TEXT = 10.0


class _Clock:
    """Estimates the time left of a stage from its own pace, when the job does not say."""

    def __init__(self) -> None:
        self._stage, self._first, self._started = "", 0, 0.0

    def left(self, event: "Progress") -> float | None:
        if event.stage != self._stage:
            self._stage, self._first, self._started = event.stage, event.step, time.monotonic()
        done = event.step - self._first
        if event.seconds_left is not None and done >= _UNREPRESENTATIVE:
            return event.seconds_left
        if done < 1 or event.seconds_left is not None:
            return None
        return (time.monotonic() - self._started) / done * (event.steps - event.step)


def title(stage: str) -> str:
    """The stage in words."""
    return STAGES.get(stage, stage.capitalize())


def _left(seconds: float | None) -> str:
    if seconds is None or not math.isfinite(seconds):
        return ""
    whole = math.ceil(seconds)
    return f"{whole // 60}:{whole % 60:02} left" if whole else ""


@contextmanager
def bars(console: Console) -> Iterator[Report]:
    """Show one bar per stage with the time left."""
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]:>10}"),
        TimeElapsedColumn(),
    )
    clock, tasks = _Clock(), dict[str, TaskID]()
    with Bars(*columns, console=console, expand=True) as shown:

        def report(event: "Progress") -> None:
            if event.stage not in tasks:
                tasks[event.stage] = shown.add_task(title(event.stage), total=event.steps, left="")
            left = "" if event.step >= event.steps else _left(clock.left(event))
            shown.update(tasks[event.stage], completed=event.step, total=event.steps, left=left)

        yield report


def plain_lines(write: Callable[[str], None]) -> Report:
    """Write a line when a stage begins and ends, and every few seconds in between, for logs."""

    def show(event: "Progress", seconds_left: float | None) -> None:
        left = _left(seconds_left)
        write(f"{title(event.stage)}: {event.step} of {event.steps}{', ' if left else ''}{left}")

    return _paced(_SECONDS_BETWEEN_LINES_OF_TEXT, show)


def json_lines(write: Callable[[Mapping[str, Any]], None]) -> Report:
    """Write one object per event, at most ten a second for a stage."""

    def show(event: "Progress", seconds_left: float | None) -> None:
        write(
            {
                "event": "progress",
                "stage": event.stage,
                "step": event.step,
                "steps": event.steps,
                "seconds_left": None if seconds_left is None else round(seconds_left, 1),
                "losses": {name: float(f"{value:.6g}") for name, value in event.losses.items()},
            }
        )

    return _paced(_SECONDS_BETWEEN_LINES, show)


def _paced(seconds: float, show: Callable[["Progress", float | None], None]) -> Report:
    """Show the time left with an event, and of each stage no more than one in ``seconds``, and the last."""
    clock, shown = _Clock(), dict[str, float]()

    def report(event: "Progress") -> None:
        left, now = clock.left(event), time.monotonic()
        if now - shown.get(event.stage, -math.inf) >= seconds or event.step >= event.steps:
            shown[event.stage] = now
            show(event, left)

    return report
