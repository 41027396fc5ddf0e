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
        _failed(folder, str(error), "Update the backend from the Backend section.", "protocol")
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
        return _failed(folder, error.message, error.remedy, error.code)
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "backend":  # a broken part of our own: no set-up mends it
            return _crashed(folder, error)
        lack = f"The backend's Python lacks “{error.name or error}”."
        return _failed(folder, lack, "Press “Mend” in the Backend section to complete its environment.", "environment")
    except MemoryError:
        remedy = "Close other programs, or choose the draft preset."
        return _failed(folder, "The backend ran out of memory.", remedy, "memory")
    except Exception as error:  # noqa: BLE001 - the boundary of the process: whatever it is, it is reported
        return _crashed(folder, error)
    return ExitCode.DONE


def _crashed(folder: JobFolder, error: Exception) -> ExitCode:
    message = f"The backend failed inside ({type(error).__name__}: {error})."
    remedy = "Save the report from this message and send it to us; the log is beside it."
    _failed(folder, message, remedy, "crash")
    return ExitCode.CRASHED


def _failed(folder: JobFolder, message: str, remedy: str, code: str) -> ExitCode:
    """Tell of the exception that is being handled."""
    with contextlib.suppress(OSError):  # a full disk: the exit code still tells
        folder.write_failure(Failure(message, remedy, code, traceback.format_exc(), versions()))
    return ExitCode.USER_ERROR


def versions() -> dict[str, str]:
    """Versions that a report should carry."""
    found = {"onesculpt": __version__, "python": platform.python_version(), "system": platform.platform()}
    for package in REPORTED_PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found
