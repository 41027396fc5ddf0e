# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at this machine and this installation, and tells what is wrong, each finding with its remedy.

Findings are data; the command line prints them, and the add-on turns them into sentences with buttons.
"""

from .finding import Finding, State
from .report import run_doctor

__all__ = ["Finding", "State", "run_doctor"]
