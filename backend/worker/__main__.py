# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the worker: one argument, the job folder."""

import sys
from pathlib import Path

from .run import run

if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python -P -m backend.worker JOB_FOLDER")
    sys.exit(run(sys.argv[1]))
