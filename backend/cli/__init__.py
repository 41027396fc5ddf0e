# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line ``onesculpt``: one file per command, and how results, progress and errors are told.

Importing it is cheap; each command imports what it needs when it runs.
"""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, see `output.ExitCode`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from .app import run
    except ImportError as error:  # half an installation: the doctor is what mends it, so it still has to run
        from .bare import run_bare

        return run_bare(given, error)
    return run(given)
