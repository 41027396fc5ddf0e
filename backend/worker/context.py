# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job function gets: its arrays, a way to report, and the wishes of the one who asked."""

from __future__ import annotations  # numpy may be missing: then the worker must still get to say so

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.errors import Cancelled
from backend.protocol import Event, JobFolder

from .watch import ParentWatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAUSE_SECONDS = 0.2


class ParentGone(Cancelled):
    """The process that asked for the job has ended; what was reached is kept in the job folder."""


class JobContext:
    """One running job, seen from inside."""

    def __init__(self, folder: JobFolder, parent: ParentWatch) -> None:
        self.folder = folder
        self._parent = parent
        # A job that is taken up again counts on, so that the one who watches sees which is the newest.
        numbers = (path.stem.removeprefix("preview_") for path in folder.path.glob("preview_*.npz"))
        self._previews = max((int(number) for number in numbers if number.isdigit()), default=0)

    @property
    def path(self) -> Path:
        """The job folder, where checkpoints may lie."""
        return self.folder.path

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of ``request.npz``, checked; empty when the request has none."""
        from .arrays import read_arrays

        return read_arrays(self.folder.arrays)[0] if self.folder.arrays.exists() else {}

    def report(self, event: Event) -> None:
        """Append an event, then `checkpoint`."""
        self.folder.append(event)
        self.checkpoint()

    def preview(self, vertices: NDArray[np.floating[Any]]) -> int:
        """Write preview positions (N, 3) [m] and return their number; the two newest are kept."""
        from .arrays import write_arrays

        self._previews += 1
        write_arrays(self.folder.preview(self._previews), {"vertices": vertices.astype("float32")})
        self.folder.preview(self._previews - 2).unlink(missing_ok=True)
        return self._previews

    def checkpoint(self) -> None:
        """Wait while the job is paused.

        Raises
        ------
        Cancelled
            When the job is no longer wanted.
        """
        while True:
            if self.folder.cancel.exists():
                raise Cancelled("The job was cancelled.")
            if self._parent.gone():
                raise ParentGone("The program that asked for the job has ended.")
            if not self.folder.pause.exists() or self.use_best_wanted:
                return
            time.sleep(PAUSE_SECONDS)

    @property
    def use_best_wanted(self) -> bool:
        """Whether the job shall end now with the best it has."""
        return self.folder.use_best.exists()
