# SPDX-License-Identifier: GPL-3.0-or-later
"""Slider values that rigs are measured in: single sliders and random mixes of them."""

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig.expressions import OPPOSITES


def random_mixes(model: MorphableModel, count: int, seed: int) -> NDArray[np.float64]:
    """(count, E) slider values of plausible mixed expressions.

    Each takes four to ten sliders at random, uniform in 0…1; the right partner of a left slider
    gets the same value with probability 0.7. Of two sliders that pull the same part in opposite
    directions (`OPPOSITES`) only the stronger stays. The jaw is open at least as far as mouthClose
    says, see `penetration_poses`.
    """
    rng = np.random.default_rng(seed)
    names = list(model.expression_names)
    column = {name: index for index, name in enumerate(names)}
    mixes = np.zeros((count, len(names)))
    for row in mixes:
        chosen = rng.choice(len(names), rng.integers(4, 11), replace=False)
        row[chosen] = rng.random(len(chosen))
        for index in chosen:
            partner = _partner(names[index])
            if partner in column and rng.random() < 0.7:
                row[column[partner]] = row[index]
        for pair in OPPOSITES:
            if all(name in column for name in pair):
                row[column[min(pair, key=lambda name: row[column[name]])]] = 0.0
    return with_bases(model, mixes)


def _partner(name: str) -> str:
    """What the right half of a face does when the left half does ``name``; "" without a partner.

    Both eyes look the same way: one inwards, the other outwards. A mouth or jaw that goes left has no partner.
    """
    if name in {"mouthLeft", "jawLeft"} or "Left" not in name:
        return ""
    swapped = {"eyeLookInLeft": "eyeLookOutRight", "eyeLookOutLeft": "eyeLookInRight"}
    return swapped.get(name, name.replace("Left", "Right"))


def with_bases(model: MorphableModel, poses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Poses (P, E) in which the jaw is open at least as far as mouthClose says."""
    names = list(model.expression_names)
    poses = poses.copy()
    if {"jawOpen", "mouthClose"} <= set(names):
        jaw = names.index("jawOpen")
        poses[:, jaw] = np.maximum(poses[:, jaw], poses[:, names.index("mouthClose")])
    return poses


def penetration_poses(model: MorphableModel, mixes: int, seed: int) -> NDArray[np.float64]:
    """(1 + E + mixes, E) slider values: neutral, each slider at 1, random mixes.

    mouthClose means "lips closed however far the jaw is open"; with the jaw shut it would run the
    lips of every face through each other. It is therefore measured together with jawOpen.
    """
    count = len(model.expression_names)
    singles = with_bases(model, np.eye(count))
    return np.concatenate([np.zeros((1, count)), singles, random_mixes(model, mixes, seed)])
