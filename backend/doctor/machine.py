# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk, memory, and the place where compiled renderer code is kept."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from .finding import Finding, State

GIGABYTE = 1e9
DISK_WANTED = 1.0  # [GB] a training run's checkpoints and previews, with room for the results
MEMORY_WANTED = 4.0  # [GB] a standard fine-tune takes up to 3


def check_disk(folder: Path | None = None, wanted: float = DISK_WANTED) -> Finding:
    """Check that ``wanted`` GB are free in ``folder``, by default the folder for temporary files."""
    place = folder or Path(tempfile.gettempdir())
    free = shutil.disk_usage(place).free / GIGABYTE
    details = {"folder": str(place), "free_gb": round(free, 1)}
    if free < wanted:
        sentence = f"Only {free:.1f} GB of disk space are free at “{place}”; a run needs {wanted:.0f} GB."
        return Finding("disk", State.WARNING, sentence, "Free some disk space before you start a run.", details)
    return Finding("disk", State.OK, f"{free:.0f} GB of disk space are free.", details=details)


def check_memory(wanted: float = MEMORY_WANTED) -> Finding:
    """Check that the machine has ``wanted`` GB of memory."""
    total = total_memory() / GIGABYTE
    details = {"total_gb": round(total, 1)}
    if total < wanted:
        sentence = f"This machine has {total:.1f} GB of memory; a standard run takes up to 3 GB."
        remedy = "Close other programs before a run, or use the draft preset."
        return Finding("memory", State.WARNING, sentence, remedy, details)
    return Finding("memory", State.OK, f"{total:.0f} GB of memory.", details=details)


def total_memory() -> int:
    """Return the machine's memory in bytes."""
    if sys.platform == "win32":
        import ctypes

        # GetPhysicallyInstalledSystemMemory: kilobytes, https://learn.microsoft.com/windows/win32/api/sysinfoapi
        kilobytes = ctypes.c_ulonglong(0)
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
        return kilobytes.value * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def check_numba_cache(source: Path | None = None) -> Finding:
    """Check that numba can keep what it compiled; without that every start takes some 20 seconds longer.

    numba writes to NUMBA_CACHE_DIR when it is set, else beside the source file, else to the user's cache.
    """
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        places = [Path(chosen)]
    else:
        from numba.misc.appdirs import user_cache_dir

        beside = (source or Path(__file__).parents[1] / "rendering") / "__pycache__"
        places = [beside, Path(user_cache_dir("numba", appauthor=False))]
    for place in places:
        if _is_writable(place):
            return Finding("numba_cache", State.OK, "Compiled renderer code is kept.", details={"folder": str(place)})
    sentence = "Compiled renderer code cannot be kept, so every start takes about 20 seconds longer."
    remedy = "Set the variable NUMBA_CACHE_DIR to a folder that you may write to."
    return Finding("numba_cache", State.WARNING, sentence, remedy, {"tried": [str(place) for place in places]})


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
