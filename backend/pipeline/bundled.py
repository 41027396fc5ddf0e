# SPDX-License-Identifier: GPL-3.0-or-later
"""The example pair that ships with Onesculpt."""

from pathlib import Path

from ..morphable_model import load_default
from ..pairs.pair import Pair, read_pair

GOBLIN = Path(__file__).parents[1] / "assets" / "goblin_pair.npz"


def bundled_pair() -> Pair:
    """Our own goblin, sculpted on the default head."""
    return read_pair(GOBLIN, None, load_default())
