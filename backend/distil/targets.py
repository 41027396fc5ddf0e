# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading MakeHuman targets: sparse vertex offsets of the base mesh."""

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class TargetReader:
    """Reads targets and keeps the rows of the base mesh that are asked for.

    Parameters
    ----------
    vertex_count
        Vertices of the base mesh.
    rows
        (R,) base mesh vertices to keep.
    """

    def __init__(self, vertex_count: int, rows: NDArray[np.int64]) -> None:
        self._vertex_count = vertex_count
        self._rows = rows

    def read(self, path: Path) -> NDArray[np.float64]:
        """Offsets (R, 3) of one ``.target`` or ``.target.gz``, in decimetres (MakeHuman's unit)."""
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        lines = [line for line in data.decode().splitlines() if line and not line.startswith("#")]
        table = np.array(" ".join(lines).split(), np.float64).reshape(-1, 4)
        offsets = np.zeros((self._vertex_count, 3))
        offsets[table[:, 0].astype(int)] = table[:, 1:]
        return offsets[self._rows]
