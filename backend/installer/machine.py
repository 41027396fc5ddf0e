# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of a computer before anything is installed on it."""

from __future__ import annotations  # an older Python must get as far as the sentence that names the right one

import os
import platform
import shutil
import sys
from pathlib import Path

from ..errors import UserError

OLDEST, NEWEST = (3, 11), (3, 14)  # the newest is the last one that every locked package has a wheel for


def check_machine(
    version: tuple[int, ...] = sys.version_info[:2],
    system: str = sys.platform,
    machine: str = platform.machine(),
    implementation: str = sys.implementation.name,
    bits: int = sys.maxsize.bit_length() + 1,
) -> None:
    """Check that the locked packages have wheels for this Python and this computer.

    Raises
    ------
    UserError
        Naming the Python to use instead, one that is installed if there is one.
    """
    wanted = f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    if implementation != "cpython" or bits != 64:
        message = f"This Python is {implementation} with {bits} bits, and Onesculpt needs the standard 64-bit one."
        raise UserError(message, f"Install 64-bit {wanted} from python.org and run this again.", "python")
    if not OLDEST <= version <= NEWEST:
        names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
        found = next((name for name in names if shutil.which(name)), None)
        remedy = f"Run this again with “{found}”." if found else f"Install {wanted} and run this again with it."
        message = f"This is Python {version[0]}.{version[1]}, and Onesculpt needs {wanted}."
        raise UserError(message, remedy, "python")
    if system == "darwin" and machine == "x86_64":
        message = "PyTorch is no longer published for Intel Macs."
        raise UserError(message, "Use a Mac with Apple silicon, a Windows PC or a Linux PC.", "machine")
    if system == "win32" and machine.upper() == "ARM64":
        message = "Not all packages are published for Python on Windows for ARM."
        raise UserError(message, f"Install the x64 edition of {wanted} and run this again with it.", "machine")


def check_writable(folder: Path) -> None:
    """Create ``folder`` and check that files can be written into it.

    Raises
    ------
    UserError
        When they cannot.
    """
    probe = folder / f".write-test-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"The folder “{folder}” cannot be written ({error.strerror or error}).",
            "Use a folder of your own, such as one in your home folder, and run this again.",
            "folder",
        ) from error


def gigabytes_needed(missing: list[str], system: str = sys.platform) -> float:
    """Return the disk space that installing these requirements takes at its peak, in GB, with a margin."""
    if any(requirement.startswith("torch==") for requirement in missing):
        return 8.0 if system == "linux" else 3.0  # on Linux, PyTorch comes with 5 GB of CUDA libraries
    return 1.0 if missing else 0.0


def check_space(needed: float, folder: Path) -> None:
    """Check that ``needed`` gigabytes are free where ``folder`` (which exists) is.

    Raises
    ------
    UserError
        When fewer are.
    """
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed:
        raise UserError(
            f"The set-up needs {needed:.0f} GB of disk space, and only {free:.1f} GB are free at “{folder}”.",
            "Free some space, or choose a folder on a bigger disk, and run this again.",
            "space",
        )


def clean_variables(**more: str) -> dict[str, str]:
    """Return this process's environment variables for a child in another Python environment.

    Those that would lead it to this one's packages are left out.
    """
    foreign = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    # Read when torch is imported: its threads must not spin while numba's work, which costs a factor of 5.
    return {"OMP_WAIT_POLICY": "PASSIVE", **kept, **more}
