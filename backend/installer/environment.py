# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual environment that is made from lock files, and knows when it is up to date."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .lock_file import missing_requirements
from .machine import check_machine, check_space, check_writable, gigabytes_needed
from .step import Progress, run_step

BATCH = 6  # packages per run of pip: a kill loses at most these, and the temporary files stay small


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder, the locks installed into it, the project installed editable.

    It is made with ``interpreter``, or with the Python that runs this. The stamp in the folder tells from what it was last made in full; a set-up that was stopped leaves none
    and goes on where it was.
    """

    folder: Path
    locks: tuple[Path, ...]
    project: Path | None = None
    interpreter: Path | None = None

    @property
    def python(self) -> Path:
        return self.program("python")

    def program(self, name: str) -> Path:
        """Return the path of a program that is installed in this environment."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / (name + (".exe" if os.name == "nt" else ""))

    @property
    def stamp(self) -> Path:
        return self.folder / "onesculpt-stamp.json"

    def wanted(self) -> dict[str, str]:
        """Return what the environment has to be made from: Python, hashes of the locks, the project."""
        described = {"python": self._version(), "folder": str(self.folder)}
        described |= {lock.name + " of " + lock.parent.name: _sha256(lock) for lock in self.locks}
        if self.project:
            described["project"] = f"{self.project} {_sha256(self.project / 'pyproject.toml')}"
        return described

    def is_current(self) -> bool:
        """Tell whether the environment is complete and nothing that it is made from has changed."""
        return self.python.exists() and self.wanted().items() <= self._stamped().items()

    def install(self, log: Path, report: Callable[[Progress], None], wheels: Path | None = None) -> None:
        """Bring the environment up to date, from a folder of wheels without a network if one is given.

        Raises
        ------
        UserError
            When the Python, the folder, the disk or the network does not allow it.
        """
        # Every Python is started with -P, or what lies in the working directory, often the log's, would be imported.
        check_machine()
        check_writable(log.parent)
        check_writable(self.folder)
        self._create(log, report)
        [site] = self.folder.glob("Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages")
        missing = missing_requirements(list(self.locks), site)
        check_space(gigabytes_needed(missing), self.folder)
        source = ["--no-index", "--find-links", wheels] if wheels else []
        pip = [self.python, "-sP", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
        # Batches make a cache needless; without one, 3 GB less of the disk are taken.
        strict = ["--require-hashes", "--only-binary=:all:", "--progress-bar=off", "--no-cache-dir", *source]
        batch_file = log.parent / "batch.txt"
        for first in range(0, len(missing), BATCH):
            batch = missing[first : first + BATCH]
            batch_file.write_text("\n".join(batch), "utf-8")
            names = ", ".join(item.partition("==")[0] for item in batch)
            run_step([*pip, *strict, "-r", batch_file], log, Progress(names, first, len(missing)), report)
        if self.project:
            editable = ["--no-index", "--no-build-isolation", "-e", self.project]
            run_step([*pip, *editable], log, Progress("Onesculpt itself", len(missing), len(missing)), report)
        self.stamp.write_text(json.dumps({**self._stamped(), **self.wanted()}, indent=1), "utf-8")

    def _create(self, log: Path, report: Callable[[Progress], None]) -> None:
        """Make the bare environment, unless one of this very Python is there and works."""
        probe = "import pip, sys; print(sys.version)"
        if self.python.exists() and _printed(self.python, probe) == self._version().strip():
            return
        # Not an environment's own link, which --clear deletes.
        base = self.interpreter or getattr(sys, "_base_executable", sys.executable)
        run_step([base, "-sP", "-m", "venv", "--clear", self.folder], log, Progress("Python environment", 0, 1), report)

    def _version(self) -> str:
        """Return the full version of the Python that this is made with; empty when that one is gone."""
        return sys.version if self.interpreter is None else _printed(self.interpreter, "import sys; print(sys.version)")

    def _stamped(self) -> dict[str, str]:
        try:
            return json.loads(self.stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}


def _printed(python: Path, code: str) -> str:
    """Return what a Python prints when it runs ``code``; nothing where it, or what it links to, is gone."""
    try:
        command = [str(python), "-I", "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
