# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m backend …`` is the command line ``onesculpt …``."""

import sys

from backend.cli import main

if __name__ == "__main__":
    sys.exit(main())
