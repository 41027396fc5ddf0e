# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a lock file, and comparing it with what a site-packages folder holds."""

from __future__ import annotations

import re
import shutil
from pathlib import Path


def read_lock(path: Path) -> list[str]:
    """Return the requirements of a lock file in order: each ``name==version``, its marker, its hashes."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    return [block.strip() for block in re.split(r"\n(?=\S)", "\n".join(lines)) if block.strip()]


def pin(requirement: str) -> str:
    """Return ``name==version`` of a locked requirement, the name in its normal form."""
    name, _, version = re.split(r"[\s;\\]", requirement, maxsplit=1)[0].partition("==")
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


def missing_requirements(locks: list[Path], site: Path) -> list[str]:
    """Return the locked requirements that a site-packages folder does not hold in that version.

    What a killed pip left half-installed is removed first: pip writes the file INSTALLER last, and would
    take a package without it for complete. A requirement whose marker excludes this machine counts as
    missing; pip skips it.
    """
    installed: set[str] = set()
    for folder in site.glob("*"):
        if folder.name.startswith("~"):  # where pip keeps the old version while it installs the new one
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.suffix == ".dist-info":
            if (folder / "INSTALLER").exists():
                installed.add(pin("==".join(folder.stem.rsplit("-", 1))))
            else:
                shutil.rmtree(folder)
    wanted: dict[str, str] = {}
    for lock in locks:  # a package that stands in two locks is wanted on the first one's conditions
        wanted = {pin(item): item for item in read_lock(lock)} | wanted
    return [item for name, item in sorted(wanted.items()) if name not in installed]
