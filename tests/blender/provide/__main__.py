# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.blender.provide [WHEELS]``: makes every Blender that is not there, one after the other.

What each came to goes into the record; the exit status is 1 when one failed that should have worked.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from backend.errors import UserError
from backend.installer import Progress

from .alone import alone
from .places import BLENDER, VERSIONS, WINDOW, Lack
from .record import Record
from .wheels import provide_wheel
from .window import provide_window


def main(wheels: Path | None = None) -> int:
    """Make them all and return the exit status."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)  # the other tests run beside this
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the step under way is ended too
    BLENDER.mkdir(parents=True, exist_ok=True)
    with alone(BLENDER / "lock"):
        record = Record()
        steps: list[str] = []

        def report(progress: Progress) -> None:
            record.beat()
            if progress.step not in steps[-1:]:
                steps.append(progress.step)
                print(progress.step, flush=True)  # noqa: T201 - build.py keeps this in a log

        failed = False
        for name in (*VERSIONS, WINDOW.name):
            try:
                lack = provide_wheel(name, report, wheels) if name in VERSIONS else provide_window(report)
            except UserError as error:
                lack = Lack(f"Blender {name} could not be set up. {error.message} {error.remedy}", expected=False)
            record.settle(name, lack)
            failed = failed or (lack is not None and not lack.expected)
            print(f"Blender {name}: {lack.sentence if lack else 'there'}", flush=True)  # noqa: T201
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
