# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for the backend's interpreter."""

import sys
from pathlib import Path

FAKE = Path(__file__).parents[1] / "addon" / "fake_backend.py"


def fake_interpreter(folder: Path, rig: Path) -> Path:
    """An “interpreter” that runs the fake backend, which gives ``rig``, whatever it is told to run."""
    script = folder / "fake_python"
    lines = ["#!/bin/sh", f'FAKE_RIG="{rig}" exec "{sys.executable}" "{FAKE}" rig "$4"']
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return script
