# SPDX-License-Identifier: GPL-3.0-or-later
"""The example pair that ships with Onesculpt."""

from pathlib import Path

from ..interchange.pair import Pair, read_pair
from ..morphable_model import load_default

GOBLIN = Path(__file__).parents[1] / "assets" / "goblin_pair.npz"


def bundled_pair() -> Pair:
    """Our own goblin, sculpted on the default head."""
    return read_pair(GOBLIN, None, load_default())
