# SPDX-License-Identifier: GPL-3.0-or-later
"""Sculpts by name: the bundled one, those that the benchmarks make, and artists' beside the repository."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from backend.morphable_model import load_default
from backend.pairs.pair import Pair, read_pair
from backend.pipeline.bundled import bundled_pair
from benchmarks.sculpts import SCULPTS, sculpted
from tests.shapes import sculpted as pair_of

_REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "pairs_default_head"


def real(*names: str) -> tuple[str, ...]:
    """Those of the artists' sculpts that are there: parameters beside the sculpts that every clone has."""
    return tuple(name for name in names if (_REAL / f"{name}.npz").exists())


@lru_cache
def sculpt_named(name: str) -> Pair:
    """The pair in the default head's order and frame."""
    if name == "bundled":
        return bundled_pair()
    if name in SCULPTS:
        return sculpted(name)
    pair = read_pair(_REAL / f"{name}.npz", None, load_default())
    return pair_of(np.asarray(pair.neutral), np.asarray(pair.styled), name)
