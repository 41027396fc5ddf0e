# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of the process: whatever happens inside ends as a sentence with a remedy and an exit code."""

import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_log_path

from .. import __version__
from ..errors import Cancelled, UserError
from .output import ExitCode, Output

NOTHING_LEFT = "Nothing half-written was left behind."


def guarded(action: Callable[[], None], output: Output) -> ExitCode:
    """Run ``action`` and turn every way in which it can end into an exit code."""
    try:
        action()
    except (KeyboardInterrupt, Cancelled) as error:
        output.cancelled(str(error) or NOTHING_LEFT)
        return ExitCode.CANCELLED
    except BrokenPipeError:  # the reader of our output has gone; Python must not complain about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 - the edge of the process: whatever it is, it is reported
        explained, more = explain(error)
        output.failure(explained, **more)
    else:
        return ExitCode.DONE
    return ExitCode.FAILED


def explain(error: Exception) -> tuple[UserError, dict[str, str]]:
    """An error that nobody foresaw as a sentence with a remedy, and where its report lies if one was written."""
    if isinstance(error, UserError):
        return error, {}
    if isinstance(error, MemoryError):
        remedy = "Close other programs, or choose the draft preset."
        return UserError("There is not enough memory.", remedy, "memory"), {}
    if isinstance(error, ImportError) and not (error.name or "").startswith("backend"):
        remedy = "Run “onesculpt doctor” to see what is wrong with this installation."
        return UserError(f"Onesculpt's Python lacks “{error.name or error}”.", remedy, "environment"), {}
    log = str(write_log("".join(traceback.format_exception(error))))
    remedy = f"What happened is written in “{log}”; send us this file with the command that you ran."
    message = f"Onesculpt failed inside ({type(error).__name__}: {_one_line(str(error))})."
    return UserError(message, remedy, "crash"), {"log": log}


def _one_line(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else "no message"
    return first if len(first) <= 200 else f"{first[:199]}…"


def log_folder() -> Path:
    """The folder where this system keeps its users' logs."""
    return user_log_path("onesculpt", appauthor=False)


def write_log(text: str) -> Path:
    """Write a report of an unexpected error and return where it is."""
    call = " ".join(sys.argv)
    head = f"onesculpt {__version__}, Python {platform.python_version()}, {platform.platform()}\n{call}\n\n"
    name = f"onesculpt-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    for folder in (log_folder, lambda: Path(tempfile.gettempdir())):
        try:
            target = folder() / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(head + text, encoding="utf-8", errors="replace")
        except (OSError, RuntimeError):  # a home that is read-only, or no home at all
            continue
        return target
    return Path(os.devnull)
