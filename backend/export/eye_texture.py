# SPDX-License-Identifier: GPL-3.0-or-later
"""A painted iris for eyeballs: one small picture, and UVs that put its centre where the eye looks."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

IRIS_ANGLE = 0.40
"""Radians between the eye's axis and the rim of the iris."""
PUPIL_ANGLE = 0.155
_SIZE = 512


def eye_uv(direction: NDArray[np.floating]) -> NDArray[np.float32]:
    """UVs (n, 2), V pointing down, of points of an eyeball given by unit vectors from its centre.

    The azimuthal equidistant projection about +Z: the front half of the ball fills the picture.
    """
    angle = np.arccos(np.clip(direction[:, 2], -1, 1)) / np.pi
    around = np.maximum(np.hypot(direction[:, 0], direction[:, 1]), 1e-9)
    offset = direction[:, :2] * (angle / around)[:, None]
    return (0.5 + offset * [1.0, -1.0]).astype(np.float32)


@cache
def eye_png() -> bytes:
    """The picture as PNG, sRGB: pupil, iris with fibres, dark rim, white that reddens outwards."""
    y, x = (np.mgrid[:_SIZE, :_SIZE] + 0.5) / _SIZE - 0.5
    angle, turn = np.pi * np.hypot(x, y), np.arctan2(y, x)
    rng = np.random.default_rng(7)
    fibres = np.zeros_like(turn)
    for frequency in (11, 23, 37, 58):
        fibres += np.cos(frequency * turn + rng.uniform(0, 2 * np.pi)) * rng.uniform(0.5, 1)
    across = np.clip((angle - PUPIL_ANGLE) / (IRIS_ANGLE - PUPIL_ANGLE), 0, 1)
    iris = np.array([74, 104, 112]) * (1 + 0.05 * fibres - 0.25 * across)[..., None]
    iris += np.array([52, 40, 14]) * np.exp(-((across - 0.15) ** 2) / 0.03)[..., None]
    rim = _step(0.74, 1.0, across)[..., None]
    iris = iris * (1 - rim) + np.array([22, 30, 33]) * rim
    white = np.array([243, 240, 236]) - np.array([6, 34, 36]) * _step(0.5, 1.7, angle)[..., None]
    soft = 0.022
    color = _mix(iris, white, _step(IRIS_ANGLE - soft, IRIS_ANGLE + soft, angle))
    color = _mix(np.array([9, 8, 9]), color, _step(PUPIL_ANGLE - soft / 2, PUPIL_ANGLE + soft / 2, angle))
    picture = Image.fromarray(np.clip(np.round(color), 0, 255).astype(np.uint8))
    stream = io.BytesIO()
    picture.save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def _step(low: float, high: float, x: NDArray[np.float64]) -> NDArray[np.float64]:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _mix(a: NDArray[np.floating], b: NDArray[np.floating], t: NDArray[np.float64]) -> NDArray[np.floating]:
    return a * (1 - t[..., None]) + b * t[..., None]
