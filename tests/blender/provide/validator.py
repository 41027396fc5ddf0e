# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's own judge of extension zips, a plain Python program inside its wheel."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from backend.errors import UserError
from backend.installer import Progress, clean_variables

from .places import VERSIONS, Lack, environment, is_there
from .record import whatever_lacks
from .wheels import provide_wheel


def validate(archive: Path, report: Callable[[Progress], None], wheels: Path | None = None) -> Lack | None:
    """Let every Blender that is set up judge a zip, the oldest one after fetching it if there is none.

    Returns
    -------
    Lack
        Why nothing could judge it.

    Raises
    ------
    UserError
        When one refuses the zip, with what it says.
    """
    oldest = next(iter(VERSIONS))
    whatever_lacks(oldest)  # waits while it is being set up
    judges = [version for version in VERSIONS if is_there(version)]
    if not judges:
        lack = provide_wheel(oldest, report, wheels)
        if lack is not None:
            return lack
        judges = [oldest]
    for version in judges:
        target = environment(version)
        program = next(target.folder.rglob("bl_pkg/cli/blender_ext.py"))
        told = subprocess.run(
            [str(target.python), str(program), "validate", str(archive)],
            capture_output=True,
            text=True,
            check=False,
            env=clean_variables(),
        )
        if told.returncode:
            said = " ".join((told.stdout + told.stderr).split())
            raise UserError(
                f"Blender {version} refuses the zip: {said}", "Mend the add-on's manifest or files.", "package"
            )
    return None
