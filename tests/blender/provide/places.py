# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Blenders there are to be, where they lie, and how one can be missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backend.installer import Environment

HERE = Path(__file__).resolve().parent
BLENDER = HERE.parents[2] / ".build" / "blender"
LOG = BLENDER / "install.log"
VERSIONS = {"4.2": (3, 11), "4.5": (3, 11), "5.0": (3, 11), "5.2": (3, 13)}  # with the Python that each is made for
WINDOW = BLENDER / "window"
NAMES = (*VERSIONS, WINDOW.name)


@dataclass(frozen=True)
class Lack:
    """Why a Blender is not there.

    ``expected`` tells whether this computer could not have had it. A test then skips, except in CI; where its
    set-up failed although it should have worked, the test fails everywhere.
    """

    sentence: str
    expected: bool


def environment(version: str, interpreter: Path | None = None) -> Environment:
    """Return the environment that holds one version of Blender as a Python module."""
    return Environment(BLENDER / version, (HERE / f"{version}.lock",), interpreter=interpreter)


def is_there(name: str) -> bool:
    """Tell whether a Blender was once made in full, whatever has changed since then."""
    return (WINDOW / "usr/bin/blender").exists() if name == WINDOW.name else environment(name).stamp.exists()
