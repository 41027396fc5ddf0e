# SPDX-License-Identifier: GPL-3.0-or-later
"""What several tests of the measuring tool share."""

from dataclasses import replace

from backend.rig import Rig

RADIUS = 0.012
NEUTRAL_EDGE, BLINK_EDGE = 0.006, -0.004


def changed(rig: Rig, **scale: float) -> Rig:
    """The rig with the named sliders' deltas scaled."""
    deltas = rig.deltas.copy()
    for name, factor in scale.items():
        deltas[rig.names.index(name)] *= factor
    return replace(rig, deltas=deltas)
