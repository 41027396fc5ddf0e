# SPDX-License-Identifier: GPL-3.0-or-later
"""One job from request to result, with every way it can end mapped to an exit code."""

import contextlib
import os
import platform
import traceback
from importlib import metadata

from backend import __version__
from backend.errors import Cancelled, UserError
from backend.protocol import Event, ExitCode, Failure, JobFolder, ProtocolError, Request

from .context import JobContext, ParentGone
from .watch import ParentWatch, Watchdog

REPORTED_PACKAGES = ("numpy", "scipy", "torch", "numba")


def run(path: str | os.PathLike[str]) -> ExitCode:
    """Carry out the job in folder ``path``; never raises, the folder tells how it went."""
    folder = JobFolder(path)
    try:
        request = folder.read_request()
    except ProtocolError as error:
        folder.write_failure(
            Failure(
                str(error), "Update the backend from the Backend section.", "protocol", versions=versions()
            )
        )
        return ExitCode.WRONG_PROTOCOL
    parent = ParentWatch(request.parent_pid)
    watchdog = Watchdog(folder, parent)
    folder.beat()
    watchdog.start()
    try:
        return _carry_out(folder, request, JobContext(folder, parent))
    finally:
        watchdog.stop()


def _carry_out(folder: JobFolder, request: Request, context: JobContext) -> ExitCode:
    try:
        folder.append(Event(stage="Starting", version=__version__))
        context.checkpoint()
        # Imported here: a broken environment then ends in error.json with its remedy.
        from .arrays import write_arrays
        from .jobs import find_job

        arrays, meta = find_job(request.kind)(request.settings, context)
        write_arrays(folder.result, arrays, meta)
    except ParentGone:
        return ExitCode.PARENT_GONE
    except Cancelled:
        return ExitCode.CANCELLED
    except UserError as error:
        failure = Failure(error.message, error.remedy, error.code, traceback.format_exc(), versions())
        return _failed(folder, failure, ExitCode.USER_ERROR)
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "backend":  # a broken part of our own: no set-up mends it
            return _failed(folder, _crash(error), ExitCode.CRASHED)
        failure = Failure(
            f"The backend's Python lacks “{error.name or error}”.",
            "Press “Mend” in the Backend section to complete its environment.",
            "environment",
            traceback.format_exc(),
            versions(),
        )
        return _failed(folder, failure, ExitCode.USER_ERROR)
    except MemoryError:
        failure = Failure(
            "The backend ran out of memory.",
            "Close other programs, or choose the draft preset.",
            "memory",
            traceback.format_exc(),
            versions(),
        )
        return _failed(folder, failure, ExitCode.USER_ERROR)
    except Exception as error:  # noqa: BLE001 - the boundary of the process: whatever it is, it is reported
        return _failed(folder, _crash(error), ExitCode.CRASHED)
    return ExitCode.DONE


def _crash(error: Exception) -> Failure:
    return Failure(
        f"The backend failed inside ({type(error).__name__}: {error}).",
        "Save the report from this message and send it to us; the log is beside it.",
        "crash",
        traceback.format_exc(),
        versions(),
    )


def _failed(folder: JobFolder, failure: Failure, code: ExitCode) -> ExitCode:
    with contextlib.suppress(OSError):  # a full disk: the exit code still tells
        folder.write_failure(failure)
    return code


def versions() -> dict[str, str]:
    """Versions that a report should carry."""
    found = {"onesculpt": __version__, "python": platform.python_version(), "system": platform.platform()}
    for package in REPORTED_PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found
