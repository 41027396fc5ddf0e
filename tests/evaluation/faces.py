# SPDX-License-Identifier: GPL-3.0-or-later
"""What several tests of the measuring tool share."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig

RADIUS = 0.012
NEUTRAL_EDGE, BLINK_EDGE = 0.006, -0.004


def changed(rig: Rig, **scale: float) -> Rig:
    """The rig with the named sliders' deltas scaled."""
    deltas = rig.deltas.copy()
    for name, factor in scale.items():
        deltas[rig.names.index(name)] *= factor
    return replace(rig, deltas=deltas)


def real_pair(
    model: MorphableModel, shared_data: Path, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, 3) neutral and sculpt of a real pair, in the model's vertex order."""
    pair = np.load(shared_data / "pairs_default_head" / f"{name}.npz", allow_pickle=False)
    row_of = {int(vertex): row for row, vertex in enumerate(pair["source_vertex"])}
    order = [row_of[int(vertex)] for vertex in model.source_vertex]
    return pair["neutral"][order].astype(np.float64), pair["styled"][order].astype(np.float64)
