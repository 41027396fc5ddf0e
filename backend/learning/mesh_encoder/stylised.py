# SPDX-License-Identifier: GPL-3.0-or-later
"""Endless stylised heads: smooth deformations of the mean head that no model of people contains."""

from functools import lru_cache

import igl
import numpy as np
from numpy.typing import NDArray

from ...morphable_model import MorphableModel
from .warps import bump, magnified, pushed, shifted, smooth_step, stretched_across, twisted

Array = NDArray[np.float64]

_BROWS, _CHIN, _NOSE_TIP, _MOUTH = range(17, 27), 8, 30, (48, 54)  # iBUG 68


def stylised(model: MorphableModel, rng: np.random.Generator) -> Array:
    """(N, 3) displacements of the mean head, metres, that make it an animal, a doll or a cartoon.

    What is large on it is drawn first and what lies on that afterwards, so that eyes are as large as they were
    drawn on whatever head they sit. A model without named parts is only stretched.
    """
    template = model.template.astype(np.float64)
    points = template.copy()
    if model.landmarks is not None:
        marks = model.landmarks
        points += _features(model, rng)
        points = _cranium(points, points[marks[list(_BROWS)]].mean(0), rng)
        points = _neck(points, points[marks[_CHIN], 1], rng)
        points = _jaw(points, points[marks[list(_MOUTH)]].mean(0), rng)
        points = _mouth(points, points[marks[list(_MOUTH)]], rng)
        points = _eyes(model, points, rng)
        if rng.random() < 0.35:
            points = _muzzle(points, points[marks[[_NOSE_TIP, *_MOUTH]]].mean(0), rng)
        points = _ears(model, points, rng)
    return _stretched(points, rng) - template


def _features(model: MorphableModel, rng: np.random.Generator) -> Array:
    """Nose and ears gone, smaller, or up to two and a half times as large."""
    moved = np.zeros(model.template.shape)
    for away in _smoothed_away(model):
        kind = rng.random()
        if kind < 0.3:
            moved += rng.uniform(0.85, 1.0) * away
        elif kind < 0.6:
            moved += rng.uniform(0.2, 0.85) * away
        elif kind < 0.8:
            moved -= rng.uniform(0.1, 1.5) * away
    return moved


@lru_cache(maxsize=2)
def _smoothed_away(model: MorphableModel) -> tuple[Array, ...]:
    """For nose and ears, the displacements (N, 3) that leave a fair surface in their place."""
    template, triangles = model.template.astype(np.float64), model.triangles.astype(np.int64)
    found = []
    for names in (("nose",), ("ear_left", "ear_right")):
        inside = np.zeros(len(template), bool)
        for name in names:
            inside |= model.regions.get(name, False)
        rest = np.flatnonzero(~inside)
        fair = np.asarray(igl.harmonic(template, triangles, rest, template[rest], 2)) if inside.any() else template
        found.append(fair - template)
    return tuple(found)


def _cranium(points: Array, brows: Array, rng: np.random.Generator) -> Array:
    """All above the brows, larger or smaller about a centre at their height."""
    centre = np.array([0.0, brows[1] - 0.01, -0.06])
    size = np.exp((rng.uniform(-0.25, 0.55) + rng.normal(0, 0.12, 3)) * rng.choice([0.0, 0.5, 1.0]))
    share = smooth_step((points[:, 1:2] - centre[1]) / rng.uniform(0.03, 0.09))
    return centre + (points - centre) * (1 + (size - 1) * share)


def _neck(points: Array, chin: float, rng: np.random.Generator) -> Array:
    """The neck thinner or thicker, as a doll's or a bull's."""
    share = smooth_step((chin - points[:, 1]) / 0.05) * smooth_step((-0.02 - points[:, 2]) / 0.05)
    size = 1 + (rng.uniform(0.3, 1.4) - 1) * share[:, None] * rng.choice([0.0, 1.0])
    middle = np.array([0.0, 0.0, -0.09])
    return middle + (points - middle) * np.concatenate([size, np.ones_like(size), size], axis=1)


def _jaw(points: Array, mouth: Array, rng: np.random.Generator) -> Array:
    """All below the mouth: no chin, a long one, a wide or pointed one."""
    below = smooth_step((mouth[1] - 0.005 - points[:, 1]) / 0.04)
    front = smooth_step((points[:, 2] + 0.11) / 0.09)
    share = (below * front)[:, None] * rng.choice([0.0, 1.0], p=[0.3, 0.7])
    size = np.array([rng.uniform(0.5, 1.4), rng.uniform(0.4, 1.5), 1.0])
    moved = mouth + (points - mouth) * (1 + (size - 1) * share)
    return moved + share * np.array([0.0, 0.0, rng.uniform(-0.025, 0.015)])


def _mouth(points: Array, corners: Array, rng: np.random.Generator) -> Array:
    """The mouth smaller or wider, higher or lower."""
    middle = corners.mean(0)
    points = magnified(points, middle, np.exp(rng.uniform(-0.9, 0.35)), 0.03, 0.055)
    return shifted(points, middle, rng.uniform([0, -0.008, -0.004], [0, 0.008, 0.004]), 0.03, 0.07)


def _eyes(model: MorphableModel, points: Array, rng: np.random.Generator) -> Array:
    """Eyes moved, up to three times as large, and flattened into the face or bulging out of it."""
    shift = rng.uniform([-0.004, -0.03, -0.004], [0.024, 0.015, 0.012]) * rng.choice([0.3, 1.0])
    size = np.exp(rng.uniform(-0.2, 1.15))
    form = np.array([1.0, np.exp(rng.uniform(-0.3, 0.35)), 1.0])
    depth = rng.uniform(0.1, 1.1) if rng.random() < 0.5 else 1.0
    round_ = rng.uniform(1.0, 3.2) if rng.random() < 0.6 else rng.uniform(0.4, 1.0)
    for name, side in (("eye_l", 1), ("eye_r", -1)):
        if name not in model.part_names:
            continue
        ball = model.part_vertices(name)
        points = shifted(points, points[ball].mean(0), shift * [side, 1, 1], 0.018, 0.065)
        centre = points[ball].mean(0)
        opened = stretched_across(points, centre, round_, (0.005, 0.03), 0.02)
        opened[ball] = points[ball]
        points = opened
        reach = 0.97 * abs(centre[0])
        inner = 0.017
        points = magnified(points, centre, min(size, 0.88 * reach / inner), inner, reach, form)
        if depth != 1.0:
            plane = points[ball, 2].max() - 0.004
            near = smooth_step((1.25 * reach - np.linalg.norm((points - centre)[:, :2], axis=1)) / (0.4 * reach))
            behind = smooth_step((points[:, 2] - centre[2] + 2.5 * reach) / reach)
            points = points + (near * behind * (depth - 1) * (points[:, 2] - plane))[:, None] * [0, 0, 1]
    return points


def _muzzle(points: Array, middle: Array, rng: np.random.Generator) -> Array:
    """A snout or a beak: nose and mouth drawn forward, and narrower towards the tip."""
    return pushed(
        points,
        middle + np.array([0, rng.uniform(-0.01, 0.01), 0]),
        forward=rng.uniform(0.01, 0.1),
        drop=rng.uniform(-0.2, 0.5),
        widths=(rng.uniform(0.018, 0.04), rng.uniform(0.015, 0.035)),
        taper=rng.uniform(-0.2, 0.5),
    )


def _ears(model: MorphableModel, points: Array, rng: np.random.Generator) -> Array:
    """Ears round the head towards its top; sometimes others, an animal's or horns, on the scalp."""
    angle = rng.uniform(-0.2, 0.9) * (rng.random() < 0.35)
    for name, side in (("ear_left", 1), ("ear_right", -1)):
        if angle and name in model.regions:
            points = twisted(points, points[model.regions[name]], side * angle, 0.05)
    if rng.random() < 0.2:
        direction = np.array([rng.uniform(0.2, 0.7), 0.8, rng.uniform(-0.4, 0.2)])
        height, width = rng.uniform(0.02, 0.12), rng.uniform(0.012, 0.03)
        lean = np.array([rng.normal(0, 0.3), 1.0, rng.normal(0, 0.3)])
        for side in (1, -1):
            points = bump(points, direction * [side, 1, 1], lean * [side, 1, 1] * height, width)
    return points


def _stretched(points: Array, rng: np.random.Generator) -> Array:
    """The whole longer, flatter, wider; broad above or below; a few broad dents."""
    amount = rng.choice([0.3, 1.0])
    middle = np.array([0.0, -0.02, -0.06])
    away = (points - middle) * np.exp(amount * rng.uniform([-0.2, -0.3, -0.35], [0.3, 0.3, 0.25]))
    taper = 1 + amount * rng.uniform(-2.5, 2.5) * np.clip(away[:, 1:2], -0.13, 0.13)
    away = away * np.concatenate([taper, np.ones_like(taper), taper], axis=1)
    for _ in range(int(rng.integers(0, 8))):
        centre, width = away[rng.integers(len(away))], rng.uniform(0.02, 0.08)
        squared = ((away - centre) ** 2).sum(1)
        mirrored = ((away - centre * [-1, 1, 1]) ** 2).sum(1)
        height = rng.normal(0, 1, 3) * rng.uniform(0, 0.22) * width
        for distance, sign in ((squared, 1), (mirrored, -1)):
            away = away + np.exp(-distance / (2 * width**2))[:, None] * height * [sign, 1, 1]
    return middle + away
