# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the backend's Python environment from a lock file: checked, resumable, with failures in plain words.

Standard library only, because it runs before anything is installed: from ``build.py``, and from the child
process in which the add-on sets the backend up.
"""

from .environment import Environment
from .failures import explain
from .lock_file import missing_requirements, read_lock
from .machine import check_machine, check_space, check_writable, clean_variables, gigabytes_needed
from .step import Progress, run_step

__all__ = [
    "Environment",
    "Progress",
    "check_machine",
    "check_space",
    "check_writable",
    "clean_variables",
    "explain",
    "gigabytes_needed",
    "missing_requirements",
    "read_lock",
    "run_step",
]
