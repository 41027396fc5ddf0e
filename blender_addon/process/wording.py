# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist reads about a job: time left, why it ended, a report without private paths."""

import re
from collections.abc import Mapping
from pathlib import Path

from ..shared import protocol
from ..words import Phrase

ENDINGS: dict[int, tuple[str, str]] = {
    protocol.ExitCode.CRASHED: ("The backend failed.", "Save the report and send it to us."),
    protocol.ExitCode.USER_ERROR: ("The backend refused the job.", "Look into the log for the reason."),
    protocol.ExitCode.CANCELLED: ("The job was cancelled.", "Press Stylize to start again."),
    protocol.ExitCode.WRONG_PROTOCOL: (
        "The add-on and the backend are of different versions.",
        "Install the add-on again, so that both come from one zip.",
    ),
    protocol.ExitCode.PARENT_GONE: ("The job ended because Blender did.", "Start it again."),
    -9: (
        "The system ended the backend, usually because memory ran out.",
        "Close other programs, or choose the draft preset.",
    ),
    -15: ("The backend was ended from outside.", "Start the job again."),
    -11: ("The backend crashed inside a library.", "Press Check in the Backend section."),
    0xC0000005: ("The backend crashed inside a library.", "Press Check in the Backend section."),
}
"""Sentence and remedy for each way a worker can end; negative numbers are signals."""

UNKNOWN_ENDING = ("The backend ended without a result.", "Look into the log, then start the job again.")


def ending(code: int | None) -> tuple[str, str]:
    """Sentence and remedy for a worker's exit code."""
    return UNKNOWN_ENDING if code is None else ENDINGS.get(code, UNKNOWN_ENDING)


def time_left(seconds: float | None) -> str:
    """The time left in words, ever coarser the longer it is; empty when unknown."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return Phrase("about {count} seconds left", count=round(seconds / 10) * 10)
    if seconds < 90:
        return "about a minute left"
    if seconds < 55 * 60:
        return Phrase("about {count} minutes left", count=round(seconds / 60))
    if seconds < 90 * 60:
        return "about an hour left"
    return Phrase("about {count} hours left", count=round(seconds / 3600))


def masked(text: str, home: Path | None = None) -> str:
    """``text`` with the user's home folder, and so the user's name, replaced by ``~``."""
    places = {str(home or Path.home())}
    places |= {place.replace("\\", "/") for place in places} | {place.replace("\\", "\\\\") for place in places}
    for place in sorted(places - {"/", ""}, key=len, reverse=True):
        text = text.replace(place, "~")
    return re.sub(r"(?i)(/home/|/users/|\\users\\)[^/\\\s\"']+", r"\1…", text)


def report(failure: protocol.Failure, versions: Mapping[str, str], log: str) -> str:
    """The text that an artist sends on when something failed, with private paths masked."""
    both = {**versions, **failure.versions}
    lines = [
        failure.message,
        failure.remedy,
        "",
        *(f"{name}: {version}" for name, version in both.items()),
        "",
        failure.detail.strip(),
        "",
        "The last lines of the log:",
        *log.splitlines()[-60:],
    ]
    return masked("\n".join(lines)).strip() + "\n"
