# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender as a Python module: an environment per version, each with the Python that its wheel is made for."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

from backend.errors import UserError
from backend.installer import Environment, Progress, run_step

from .interpreters import find_interpreter
from .places import BLENDER, HERE, LOG, VERSIONS, Lack, environment

# For these the wheels are published in all four versions.
MACHINES = {("linux", "x86_64"), ("win32", "AMD64"), ("darwin", "arm64")}


def provide_wheel(version: str, report: Callable[[Progress], None], wheels: Path | None = None) -> Lack | None:
    """Bring one version's environment up to date; return why it can't be had, if so."""
    if (sys.platform, platform.machine()) not in MACHINES:
        sentence = f"Blender {version} is not published as a Python module for {sys.platform} on {platform.machine()}"
        return Lack(sentence, expected=True)
    interpreter = find_interpreter(VERSIONS[version]) or _fetch_interpreter(VERSIONS[version], report, wheels)
    if interpreter is None:
        wanted = ".".join(map(str, VERSIONS[version]))
        sentence = (
            f"Blender {version} as a module needs Python {wanted}, which was neither found on this computer nor"
            f" could be fetched; install it (from python.org, with pyenv or uv) and run “python build.py test” again"
        )
        return Lack(sentence, expected=True)
    target = environment(version, interpreter)
    if not target.is_current():
        try:
            target.install(LOG, report, wheels)
        except UserError as error:
            return Lack(f"Blender {version} could not be set up. {error.message} {error.remedy}", expected=False)
    return None


def _fetch_interpreter(
    version: tuple[int, int], report: Callable[[Progress], None], wheels: Path | None
) -> Path | None:
    """Let uv fetch a Python of this version into ``.build/blender``; None where it can't."""
    dotted, pythons = f"{version[0]}.{version[1]}", BLENDER / "pythons"
    tool = Environment(BLENDER / "uv", (HERE / "uv.lock",))
    try:
        if not tool.is_current():
            tool.install(LOG, report, wheels)
        if wheels is None:
            step = Progress(f"Python {dotted}", 0, 1)
            run_step([tool.program("uv"), "python", "install", dotted, "--install-dir", pythons], LOG, step, report)
    except UserError:
        return None  # the caller says what to do; the log has the rest
    names = ("bin/python" + dotted, "python.exe")
    found = [path for name in names for path in pythons.glob(f"cpython-{dotted}*/{name}")]
    return found[0] if found else None
