# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundled example pair: a goblin, sculpted stroke by stroke on the default head.

Run as ``python -m backend.assets.sculpt_goblin``; lengths in the strokes are millimetres.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..morphable_model import MorphableModel, load_default
from ..morphable_model.packed_file import write_npz
from .sculpture import Points, Sculpture, Weights, bump

GOBLIN_PAIR = Path(__file__).with_name("goblin_pair.npz")
_SEED, _ROW, _SHARE = 7, 48, 0.8


def sitter(model: MorphableModel) -> Points:
    """The neutral face (N, 3) in metres: a lean sampled identity, made exactly symmetric."""
    identity = _SHARE * model.sample_identity(np.random.default_rng(_SEED), _ROW + 1)[_ROW]
    face = model.evaluate(identity)
    return (face + face[model.mirror] * [-1, 1, 1]) / 2


def sculpt(model: MorphableModel, neutral: Points) -> Points:
    """The goblin (N, 3) in metres, made from ``neutral`` (N, 3)."""
    clay = Sculpture(model, neutral * 1000)
    skull(clay)
    brow(clay)
    eyes(clay)
    cheeks(clay)
    jaw(clay)
    mouth(clay)
    nose(clay)
    soften(clay)
    creases(clay)
    ears(clay)
    line_cavities(clay)
    return clay.points / 1000


def away_from_lids(clay: Sculpture, reach: float = 9) -> Weights:
    """0 on the lids and in the eye sockets, 1 from ``reach`` on: keeps strokes off the eyes."""
    region = clay.model.regions
    kept = region["lids"] | region["eye_lining"]
    return (1 - clay.near(np.flatnonzero(kept), reach, smooth=3)) * ~kept


def skull(clay: Sculpture) -> None:
    """A low cranium that slopes back, wide above the ears."""
    x, y, z = clay.neutral.T
    height = np.clip((y - 30) / 90, 0, 1) ** 1.5
    clay.move(height, np.stack([0.03 * x, 0 * y - 18, np.where(z > -80, -14, -4)], 1))
    clay.move(bump(np.hypot(y - 70, z + 90), 80) * (np.abs(x) > 40), np.stack([np.sign(x) * 4, 0 * y, 0 * z], 1))


def brow(clay: Sculpture) -> None:
    """A heavy ridge that hangs over the eyes and dips towards the nose."""
    mark, free = clay.landmarks, away_from_lids(clay, 7)
    clay.move(clay.near(mark[[22, 23, 24, 25]], 27) * free, (0, -4, 14))
    clay.move(clay.near(mark[[25, 26]], 24) * free, (5, 6, 6))
    clay.move(clay.near(mark[[22]], 20) * free, (-1.5, -7, 6))
    clay.move(clay.near(mark[[27]], 15) * free, (0, 0, 5))
    clay.move(clay.near(mark[[22, 23, 24]], 14) * free, (0, -2, 4))
    above = [_nearest(clay, clay.neutral[k] + [2, 22, -4]) for k in mark[[23, 24, 25]]]
    clay.move(clay.near(above, 24), (0, 0, -4))


def eyes(clay: Sculpture) -> None:
    """Larger, slanted eyes: lids, lashes, socket and eyeball change by one and the same motion."""
    model = clay.model
    ball = model.part_vertices("eye_l")
    centre = 0.5 * (clay.neutral[ball].min(0) + clay.neutral[ball].max(0))
    inner = np.zeros(len(clay.points), bool)
    inner[ball] = True
    lashes = model.part_vertices("lashes")
    inner[lashes[clay.neutral[lashes, 0] > 0]] = True
    distance = np.linalg.norm((clay.neutral - centre) * [1, 1.1, 0.8], axis=1)
    weights = np.where(distance < 19, 1, bump(distance - 19, 24)) * (clay.neutral[:, 0] > 4)
    weights[inner] = 1
    tilt = np.radians(13)
    turn = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    clay.transform(weights, lambda p: (p - centre) @ (1.2 * turn).T + centre + [1.5, -1, 0.5])


def cheeks(clay: Sculpture) -> None:
    """High cheekbones over hollow cheeks."""
    mark, free = clay.landmarks, away_from_lids(clay)
    bone = _nearest(clay, 0.55 * clay.neutral[mark[45]] + 0.45 * clay.neutral[mark[14]] + [4, -16, 0])
    clay.move(clay.near([bone], 26) * free, (8, 3, 7))
    ear_lobe, corner = clay.neutral[mark[13]], clay.neutral[mark[54]]
    hollow = [_nearest(clay, corner + t * (ear_lobe - corner) + [6, 2, 0]) for t in (0.35, 0.5, 0.65)]
    clay.move(clay.near(hollow, 30), (-13, 0, -7))


def jaw(clay: Sculpture) -> None:
    """A wide jaw and a long chin that juts forward."""
    mark = clay.landmarks
    chin = clay.near(mark[[7, 8, 9]], 46, smooth=8)
    clay.move(chin, (0, -16, 12))
    clay.move(clay.near(mark[[8]], 28, smooth=6), (0, -4, 14))
    clay.move(clay.near(mark[[11, 12]], 44, smooth=8), (17, -9, 4))


def mouth(clay: Sculpture) -> None:
    """A wide thin mouth, its corners drawn out and up; lips and lining move together."""
    mark = clay.landmarks
    corner = clay.neutral[mark[54]]
    clay.move(clay.around(corner, 26) * _not_teeth(clay), (8, 4.5, 0.5))
    upper, lower = (clay.model.regions[name] for name in ("lip_upper", "lip_lower"))
    thin = clay.smoothed(0.6 * upper.astype(float), 3)
    clay.move(thin * bump(clay.neutral[:, 0], 30), (0, -0.8, -1))
    clay.move(clay.smoothed(lower.astype(float), 6), (0, 0, 2.5))


def nose(clay: Sculpture) -> None:
    """A long hooked nose: a hump on the bridge, a drooping tip, flared wings."""
    mark, free = clay.landmarks, away_from_lids(clay, 6)
    clay.move(clay.near(mark[[28]], 24) * free, (0, 3, 14))
    clay.move(clay.near(mark[[29]], 25) * free, (0, 2, 14))
    off_lip = 1 - clay.near(np.flatnonzero(clay.model.regions["lips"]), 11, smooth=3)
    clay.move(clay.near(mark[[30]], 31, smooth=6) * off_lip, (0, -11, 17))
    clay.move(clay.near(mark[[30]], 14) * off_lip, (0, -9, 2))
    clay.move(clay.near(mark[[35]], 15), (5.5, 2.5, 0))


def soften(clay: Sculpture) -> None:
    """Iron out the joins of the strokes, everywhere but at eyes and mouth."""
    region = clay.model.regions
    keep = ~region["sculptable"] | region["lids"]
    clay.relax((1 - clay.smoothed(keep.astype(float), 4)) * ~keep, 14)


def creases(clay: Sculpture) -> None:
    """Folds from the nose to the mouth's corners, and a frown."""
    mark, free = clay.landmarks, away_from_lids(clay, 6)
    start, end = clay.neutral[mark[35]] + [6, 4, 0], clay.neutral[mark[54]] + [9, 4, 0]
    line = [_nearest(clay, start + t * (end - start)) for t in np.linspace(0, 1, 6)]
    clay.inflate(clay.near(line, 8, smooth=2), -2.5)
    beside = [_nearest(clay, start + t * (end - start) + [10, 5, 0]) for t in np.linspace(0, 1, 6)]
    clay.inflate(clay.near(beside, 15, smooth=3), 3)
    clay.inflate(clay.near(mark[[22]], 7, smooth=2) * free, 2)


def ears(clay: Sculpture) -> None:
    """Long pointed ears: each point of the ear runs out along an axis, and closes in on it."""
    ear = clay.model.regions["ear_left"]
    points = clay.neutral[ear]
    root = points[points[:, 0] < np.percentile(points[:, 0], 30)].mean(0)
    axis = np.array([0.80, 0.52, -0.32])
    axis /= np.linalg.norm(axis)
    along = (clay.neutral - root) @ axis
    low, high = np.percentile(along[ear], [15, 100])
    share = np.clip((along - low) / (high - low), 0, 1) * clay.smoothed(ear.astype(float), 2)

    def pull(p: Points) -> Points:
        reach = (p - root) @ axis
        off = p - root - reach[:, None] * axis
        ridge = share[:, None]
        return root + (reach + 68 * share**1.5)[:, None] * axis + off * (1 + 0.35 * ridge - 1.3 * ridge**2.5)

    weights = clay.smoothed(ear.astype(float), 3)
    clay.transform(weights, pull)


def line_cavities(clay: Sculpture) -> None:
    """Let the linings of mouth and sockets follow the skin that they hang on; teeth and tongue stay."""
    model = clay.model
    mouth_lining = np.zeros(len(clay.points), bool)
    mouth_lining[model.part_vertices("mouth_cavity")] = True
    mouth_lining[model.part_vertices("face_head")] = False
    throat = clay.neutral[:, 2] < np.percentile(clay.neutral[mouth_lining, 2], 35)
    clay.follow(mouth_lining & ~throat)


def _not_teeth(clay: Sculpture) -> Weights:
    weights = np.ones(len(clay.points))
    weights[clay.model.part_vertices("teeth_upper", "teeth_lower", "tongue")] = 0
    return weights


def _nearest(clay: Sculpture, point: NDArray[np.float64]) -> int:
    """Vertex of the face's skin that is nearest to a point of the neutral."""
    skin = np.flatnonzero(clay.model.regions["sculptable"])
    return int(skin[np.linalg.norm(clay.neutral[skin] - point, axis=1).argmin()])


def main() -> None:
    """Sculpt the goblin and write the pair."""
    model = load_default()
    neutral = sitter(model)
    points = {"neutral": neutral, "styled": sculpt(model, neutral)}
    arrays = {name: array.astype(np.float32) for name, array in points.items()}
    write_npz({**arrays, "source_vertex": np.asarray(model.source_vertex, np.int32)}, GOBLIN_PAIR)


if __name__ == "__main__":
    main()
