# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding a Python of a given version on this computer, wherever its usual installers put it."""

from __future__ import annotations  # an older Python must get as far as the sentence that names the right one

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# What can make environments and load the published wheels; a shim that leads nowhere fails here too.
PROBE = """
import sys, venv, ensurepip
assert sys.implementation.name == "cpython" and sys.maxsize > 2**32
print(*sys.version_info[:2], getattr(sys, "_base_executable", sys.executable), sep="\\n")
"""


def find_interpreter(version: tuple[int, int]) -> Path | None:
    """Return the program of a standard 64-bit Python ``version`` that can make environments, or None.

    Looked for in this order: the Python that runs this, the search path, pyenv, uv, the Windows launcher, and
    the folders that the installers from python.org use.
    """
    for command in _candidates(version):
        try:
            told = subprocess.run(
                [*command, "-I", "-c", PROBE], capture_output=True, text=True, check=False, timeout=30
            ).stdout.split("\n")
        except (OSError, subprocess.TimeoutExpired):
            continue
        if told[:2] == [str(number) for number in version]:
            return Path(told[2].strip())
    return None


def _candidates(version: tuple[int, int]) -> Iterator[list[str]]:
    dotted = f"{version[0]}.{version[1]}"
    if sys.version_info[:2] == version:
        yield [sys.executable]
    for name in (f"python{dotted}", "python3", "python"):
        if found := shutil.which(name):
            yield [found]
    if launcher := shutil.which("py"):
        yield [launcher, f"-{dotted}"]
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv"))
    local = Path(os.environ.get("LOCALAPPDATA", home / ".local" / "share"))
    roaming = Path(os.environ.get("APPDATA", home / ".local" / "share"))
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", roaming / "uv" / "python"))
    roots = (
        *sorted((pyenv / "versions").glob(f"{dotted}.*"), reverse=True),
        *sorted((pyenv / "pyenv-win" / "versions").glob(f"{dotted}.*"), reverse=True),
        *sorted(uv.glob(f"cpython-{dotted}*"), reverse=True),
        local / "Programs" / "Python" / f"Python{version[0]}{version[1]}",
        Path("/Library/Frameworks/Python.framework/Versions") / dotted,
        Path("/opt/homebrew"),
        Path("/usr/local"),
    )
    for root in roots:
        for name in (f"bin/python{dotted}", "python.exe"):
            if (root / name).exists():
                yield [str(root / name)]
