# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours of a picture: three lights, soft ambient light, skin, eyes; samples summed to pixels."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import prange

from ..kernels import kernel
from .arrays import Floats, Ints
from .rasterizer import corner_weights
from .vectors import Vector, dot, mix, plus, row, scaled

# Lights hang on the camera (its axes: right, up, towards the viewer), so every picture of a sheet
# is lit alike. Rows: direction to the light, then linear RGB intensity.
LIGHTS = np.array(
    [
        [-0.52, 0.60, 0.72, 1.60, 1.51, 1.40],  # key, warm, from the upper left
        [0.85, 0.10, 0.60, 0.30, 0.34, 0.40],  # fill, cool, from the right
        [0.60, 0.35, -0.75, 0.80, 0.82, 0.90],  # rim, from behind
        [-0.75, 0.25, -0.65, 0.38, 0.36, 0.36],
    ]
)
LIGHTS[:, :3] /= np.linalg.norm(LIGHTS[:, :3], axis=1, keepdims=True)

# Ambient light as spherical harmonics of degree 1: constant, then the slope along right, up,
# viewer; a bright sky, a warm floor.
_AMBIENT = np.array([[0.56, 0.55, 0.56], [-0.03, -0.02, 0.00], [0.15, 0.17, 0.20], [0.08, 0.08, 0.07]])

_IRIS = np.array([0.075, 0.125, 0.15])
_PUPIL_ANGLE, _IRIS_ANGLE = 0.155, 0.40
_EXPOSURE = 0.62
# Occluded skin is lit by the skin around it: shadows go red before they go black.
_BLEED = np.array([0.42, 0.16, 0.12])


class Surface(NamedTuple):
    """What a picture shows; N vertices in the camera's frame, M triangles.

    Attributes
    ----------
    points, normals : (N, 3).
    triangles : (M, 3).
    colors : (N, 3) or, when not ``per_vertex``, (M, 3), linear RGB.
    gloss, opacity : (M,), see ``Materials``.
    eyes : (N, 3), ``eye_direction`` of ``Materials``; zero where there is no eye.
    sky, lamp : (N,) share of the sky's and the key light's light that arrives.
    """

    points: Floats
    normals: Floats
    triangles: Ints
    colors: Floats
    per_vertex: bool
    gloss: Floats
    opacity: Floats
    eyes: Floats
    sky: Floats
    lamp: Floats


@kernel(inline="always")
def _step(edge0: float, edge1: float, x: float) -> float:  # pragma: no cover - compiled
    t = min(1.0, max(0.0, (x - edge0) / (edge1 - edge0)))
    return t * t * (3.0 - 2.0 * t)


@kernel(inline="always")
def _roll_off(x: float) -> float:  # pragma: no cover - compiled
    """Highlights above 0.75 approach 1 instead of being cut there."""
    return x if x <= 0.75 else 1.0 - 0.25 * math.exp(-(x - 0.75) / 0.25)


@kernel
def _sample(surface: Surface, t: int, dx: float, dy: float) -> Vector:  # pragma: no cover - compiled
    """Linear RGB of triangle ``t`` along the ray (dx, dy, −1)."""
    corners = row(surface.triangles, t)
    weights = corner_weights(surface.points, corners, dx, dy)
    total = weights[0] + weights[1] + weights[2]
    weights = scaled(weights, 1.0 / total)
    n = mix(surface.normals, corners, weights)
    # The weights' sum is negative seen from behind.
    scale = math.copysign(1.0 / math.sqrt(dot(n, n) + 1e-30), total)
    n = scaled(n, scale)
    view = scaled((-dx, -dy, 1.0), 1.0 / math.sqrt(dx * dx + dy * dy + 1.0))
    if surface.per_vertex:
        red, green, blue = mix(surface.colors, corners, weights)
    else:
        red, green, blue = row(surface.colors, t)
    ex, ey, ez = mix(surface.eyes, corners, weights)
    eye = ex * ex + ey * ey + ez * ez > 0.25
    if eye:
        angle = math.atan2(math.sqrt(ex * ex + ey * ey), ez)
        inside = 1.0 - _step(_IRIS_ANGLE - 0.012, _IRIS_ANGLE + 0.012, angle)
        ring = 0.35 + 0.65 * (1.0 - _step(_IRIS_ANGLE - 0.11, _IRIS_ANGLE - 0.01, angle))
        lift = 1.0 + 0.9 * (1.0 - _step(_PUPIL_ANGLE, 0.8 * _IRIS_ANGLE, angle))
        open_ = _step(_PUPIL_ANGLE - 0.012, _PUPIL_ANGLE + 0.012, angle) * ring * lift
        red += inside * (_IRIS[0] * open_ + 0.004 - red)
        green += inside * (_IRIS[1] * open_ + 0.004 - green)
        blue += inside * (_IRIS[2] * open_ + 0.005 - blue)
    i, j, k = corners
    reach = weights[0] * surface.sky[i] + weights[1] * surface.sky[j] + weights[2] * surface.sky[k]
    key = weights[0] * surface.lamp[i] + weights[1] * surface.lamp[j] + weights[2] * surface.lamp[k]
    ambient = plus(row(_AMBIENT, 0), mix(_AMBIENT, (1, 2, 3), n))
    dark = 1.0 - reach
    lr = ambient[0] * (reach + _BLEED[0] * dark * reach)
    lg = ambient[1] * (reach + _BLEED[1] * dark * reach)
    lb = ambient[2] * (reach + _BLEED[2] * dark * reach)
    glint = (0.0, 0.0, 0.0)
    shine = surface.gloss[t]
    for light in range(LIGHTS.shape[0]):
        direct = key if light == 0 else 0.12 + 0.88 * reach
        toward, color = row(LIGHTS, light), (LIGHTS[light, 3], LIGHTS[light, 4], LIGHTS[light, 5])
        facing = dot(n, toward)
        # Light wraps a little around the terminator, most of it red, as under skin.
        hard = max(0.0, facing)
        soft = max(0.0, (facing + 0.25) / 1.25)
        soft *= soft
        lr += color[0] * direct * (0.55 * hard + 0.45 * soft)
        lg += color[1] * direct * (0.75 * hard + 0.25 * soft)
        lb += color[2] * direct * (0.80 * hard + 0.20 * soft)
        if shine > 0.0 and facing > 0.0:
            halfway = plus(toward, view)
            half = max(0.0, dot(n, halfway) / math.sqrt(dot(halfway, halfway) + 1e-30))
            power = 22.0 + 240.0 * max(0.0, shine - 0.3)
            # A lamp's glint on a wet eye survives the lid's soft shadow.
            lit = max(direct, 0.5) if eye else direct
            glint = plus(glint, scaled(color, shine * lit * half**power * (power + 8.0) / 60.0 * facing))
    return (
        _roll_off(red * lr * _EXPOSURE + glint[0]),
        _roll_off(green * lg * _EXPOSURE + glint[1]),
        _roll_off(blue * lb * _EXPOSURE + glint[2]),
    )


@kernel
def _pixel(
    surface: Surface, front: Ints, behind: Ints, samples: int, focal: float, i: int, j: int
) -> tuple[float, float, float, float]:  # pragma: no cover - compiled
    """Premultiplied linear RGB and coverage of the pixel in row i, column j, see ``shade_picture``."""
    rows, columns = front.shape
    color, cover = (0.0, 0.0, 0.0), 0.0
    for k in range(samples * samples):
        y, x = i * samples + k // samples, j * samples + k % samples
        t, u = front[y, x], behind[y, x]
        if t < 0:
            continue
        dx, dy = (x + 0.5 - 0.5 * columns) / focal, (0.5 * rows - y - 0.5) / focal
        share = surface.opacity[t]
        color = plus(color, scaled(_sample(surface, t, dx, dy), share))
        cover += share
        if share < 1.0 and u >= 0:
            color = plus(color, scaled(_sample(surface, u, dx, dy), 1.0 - share))
            cover += 1.0 - share
    scale = 1.0 / (samples * samples)
    return color[0] * scale, color[1] * scale, color[2] * scale, cover * scale


@kernel(parallel=True)
def shade_picture(
    surface: Surface, front: Ints, behind: Ints, samples: int, focal: float, image: Floats
) -> None:  # pragma: no cover - compiled
    """Image (H, W, 4) = mean linear RGB, premultiplied, and coverage of samples × samples rays.

    ``front`` (H·s, W·s) is the nearest triangle per ray; where its opacity is below 1, what
    ``behind`` (H·s, W·s) sees shows through.
    """
    for i in prange(image.shape[0]):
        for j in range(image.shape[1]):
            pixel = _pixel(surface, front, behind, samples, focal, i, j)
            for c in range(4):
                image[i, j, c] = pixel[c]
