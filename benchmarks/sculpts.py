# SPDX-License-Identifier: GPL-3.0-or-later
"""Extreme sculpts that no artist gave us: ``python benchmarks/sculpts.py FOLDER`` writes them as pair files.

Each is a smooth warp of space around a face, so that eyes, teeth and the inside of the mouth come
along as an artist would take them along, and no skin is torn or turned over by the sculpt itself.
Lengths are in millimetres; the faces are sampled, one for each sculpt. The same code gives the
same sculpts.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.mesh.similarity import Similarity
from backend.morphable_model import MorphableModel, load_default
from backend.morphable_model.packed_file import write_npz
from backend.pairs.pair import Pair

Points = NDArray[np.float64]
_SPREAD = 0.7  # of the population's: a sculptor's sitter is no extreme face


class Clay:
    """A face (N, 3) in millimetres, and where its features are before sculpting."""

    def __init__(self, model: MorphableModel, neutral: Points) -> None:
        self.points = 1000 * neutral
        assert model.landmarks is not None
        mark = self.points[model.landmarks]
        self.left_eye = _middle(self.points[model.part_vertices("eye_l")])
        self.right_eye = _middle(self.points[model.part_vertices("eye_r")])
        self.mouth = mark[48:68].mean(0)
        self.nose = mark[30]
        self.chin = mark[8]
        self.right_cheek = (mark[3] + mark[31] + mark[48]) / 3

    def warp(
        self, center: ArrayLike, core: float, reach: float, change: Callable[[Points], Points], reaches: ArrayLike = 1.0
    ) -> None:
        """Blend points (N, 3), relative to ``center``, towards ``change`` of them.

        Fully within ``core`` of the center, not at all beyond ``reach``, smoothly in between;
        ``reaches`` scales both along each axis.
        """
        local = self.points - np.asarray(center)
        distance = np.linalg.norm(local / np.asarray(reaches), axis=1)
        share = 1 - smoothstep((distance - core) / (reach - core))
        self.points = self.points + share[:, None] * (change(local) - local)

    def scale(self, center: ArrayLike, core: float, reach: float, factors: ArrayLike) -> None:
        """Scale about ``center`` by one factor or three."""
        self.warp(center, core, reach, lambda x: x * np.asarray(factors))

    def shift(self, center: ArrayLike, core: float, reach: float, by: ArrayLike) -> None:
        """Move by a vector."""
        self.warp(center, core, reach, lambda x: x + np.asarray(by))

    def roll(self, center: ArrayLike, core: float, reach: float, degrees: float) -> None:
        """Turn about the forward axis."""
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
        self.warp(center, core, reach, lambda x: x @ turn.T)


def smoothstep(t: Points) -> Points:
    """0 below 0, 1 above 1, with two vanishing derivatives at either end."""
    t = np.clip(t, 0, 1)
    return t**3 * (t * (6 * t - 15) + 10)


def big_eyes(clay: Clay) -> None:
    """Eyes nearly twice as large, low in a small face."""
    before = clay.points
    left = smoothstep((before[:, 0] + 10) / 20)[:, None]
    halves = []
    for eye in (clay.left_eye, clay.right_eye):
        clay.points = before
        # Less far sideways than up and down, or the eyes would push the nose's bridge together.
        clay.warp(eye, 15, 72, lambda x: x * [1.42, 1.8, 1.2], reaches=(0.53, 1, 1))
        clay.shift(eye, 18, 75, (3 * np.sign(eye[0]), -4, -2))
        halves.append(clay.points)
    clay.points = left * halves[0] + (1 - left) * halves[1]
    clay.scale(np.add(clay.nose, (0, -4, -6)), 12, 48, (0.8, 0.85, 0.85))
    clay.scale(np.add(clay.mouth, (0, -4, 0)), 22, 65, (0.85, 0.9, 1))


def tiny_mouth(clay: Clay) -> None:
    """A pursed mouth of half the width under a long nose."""
    clay.scale(np.add(clay.mouth, (0, 0, -6)), 24, 100, (0.46, 0.6, 1))
    clay.shift(clay.nose, 10, 46, (0, -3, 8))
    clay.shift(clay.mouth, 20, 60, (0, 2, 4))


def snout(clay: Clay) -> None:
    """A muzzle: nose, mouth and chin far in front of the face."""
    x, y, z = (clay.points - clay.mouth).T
    across = 1 - smoothstep((np.hypot(x / 1.05, (y - 8) / 1.1) - 12) / 62)
    ahead = smoothstep((z + 75) / 85)
    clay.points = clay.points + (across * ahead)[:, None] * np.array([0, 4, 52])
    tip = np.add(clay.mouth, (0, 14, 52))
    clay.scale(tip, 26, 70, (0.82, 0.9, 1))
    clay.scale(np.add(clay.nose, (0, 4, 50)), 12, 34, (1.45, 1.1, 1.15))


def crooked(clay: Clay) -> None:
    """One eye bigger and lower, a crooked mouth, one cheek swollen, the nose bent."""
    clay.scale(clay.left_eye, 15, 52, 1.42)
    clay.shift(clay.left_eye, 20, 66, (3, -9, 1))
    clay.roll(clay.mouth, 30, 85, -15)
    clay.shift(clay.mouth, 28, 80, (7, 1, 0))
    clay.shift(clay.right_cheek, 8, 52, (-13, 2, 15))
    clay.shift(clay.nose, 12, 48, (-6, 0, 3))


SCULPTS: dict[str, tuple[Callable[[Clay], None], int]] = {
    "big eyes": (big_eyes, 1),
    "tiny mouth": (tiny_mouth, 2),
    "snout": (snout, 3),
    "crooked": (crooked, 4),
}
"""Name: the sculpting, and the seed of the face that it starts from."""


def sculpted(name: str) -> Pair:
    """The named sculpt as a pair."""
    sculpt, seed = SCULPTS[name]
    model = load_default()
    sitter = model.evaluate(_SPREAD * model.sample_identity(np.random.default_rng(seed), 1)[0])
    clay = Clay(model, sitter)
    sculpt(clay)
    order = np.arange(len(sitter))
    unchanged = Similarity()
    return Pair(name, sitter, clay.points / 1000, order, (), unchanged)


def write_sculpts(folder: Path) -> list[Path]:
    """Write every sculpt into ``folder`` as an .npz pair, in the order of `SCULPTS`."""
    order = load_default().source_vertex
    assert order is not None
    paths = []
    for name in SCULPTS:
        pair = sculpted(name)
        arrays = {"neutral": pair.neutral.astype(np.float32), "styled": pair.styled.astype(np.float32)}
        paths.append(folder / f"{name.replace(' ', '_')}.npz")
        write_npz(arrays | {"source_vertex": np.asarray(order, np.int32)}, paths[-1])
    return paths


def main() -> None:
    """Write all sculpts as pair files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for path in write_sculpts(folder):
        print(path)


def _middle(points: Points) -> Points:
    return (points.max(0) + points.min(0)) / 2


if __name__ == "__main__":
    main()
