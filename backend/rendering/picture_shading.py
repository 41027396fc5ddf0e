# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours of a picture: three lights, soft ambient light, skin, eyes; samples summed to pixels."""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from ..kernels import kernel
from .arrays import Floats, Ints

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
AMBIENT = np.array(
    [
        [0.56, 0.55, 0.56],
        [-0.03, -0.02, 0.00],
        [0.15, 0.17, 0.20],
        [0.08, 0.08, 0.07],
    ]
)

IRIS = np.array([0.075, 0.125, 0.15])
_PUPIL_ANGLE, _IRIS_ANGLE = 0.155, 0.40
_EXPOSURE = 0.62
# Occluded skin is lit by the skin around it: shadows go red before they go black.
_BLEED = np.array([0.42, 0.16, 0.12])


@kernel(inline="always")
def _step(edge0: float, edge1: float, x: float) -> float:  # pragma: no cover - compiled
    t = min(1.0, max(0.0, (x - edge0) / (edge1 - edge0)))
    return t * t * (3.0 - 2.0 * t)


@kernel(inline="always")
def _roll_off(x: float) -> float:  # pragma: no cover - compiled
    """Highlights above 0.75 approach 1 instead of being cut there."""
    return x if x <= 0.75 else 1.0 - 0.25 * math.exp(-(x - 0.75) / 0.25)


@kernel
def _sample(
    t: int,
    dx: float,
    dy: float,
    points: Floats,
    normals: Floats,
    triangles: Ints,
    colors: Floats,
    per_vertex: bool,
    gloss: Floats,
    eyes: Floats,
    sky: Floats,
    lamp: Floats,
    lights: Floats,
    ambient: Floats,
    iris: Floats,
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """Linear RGB of triangle ``t`` along the ray (dx, dy, −1)."""
    i0, i1, i2 = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ax, ay, az = points[i0, 0], points[i0, 1], points[i0, 2]
    bx, by, bz = points[i1, 0], points[i1, 1], points[i1, 2]
    gx, gy, gz = points[i2, 0], points[i2, 1], points[i2, 2]
    w0 = dx * (by * gz - bz * gy) + dy * (bz * gx - bx * gz) - (bx * gy - by * gx)
    w1 = dx * (gy * az - gz * ay) + dy * (gz * ax - gx * az) - (gx * ay - gy * ax)
    w2 = dx * (ay * bz - az * by) + dy * (az * bx - ax * bz) - (ax * by - ay * bx)
    total = w0 + w1 + w2
    w0, w1, w2 = w0 / total, w1 / total, w2 / total
    nx = w0 * normals[i0, 0] + w1 * normals[i1, 0] + w2 * normals[i2, 0]
    ny = w0 * normals[i0, 1] + w1 * normals[i1, 1] + w2 * normals[i2, 1]
    nz = w0 * normals[i0, 2] + w1 * normals[i1, 2] + w2 * normals[i2, 2]
    scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-30)
    # The edge functions' sum has the sign of det(a, b, c), positive seen from behind.
    if total > 0.0:
        scale = -scale
    nx, ny, nz = nx * scale, ny * scale, nz * scale
    away = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
    vx, vy, vz = -dx * away, -dy * away, away
    if per_vertex:
        red = w0 * colors[i0, 0] + w1 * colors[i1, 0] + w2 * colors[i2, 0]
        green = w0 * colors[i0, 1] + w1 * colors[i1, 1] + w2 * colors[i2, 1]
        blue = w0 * colors[i0, 2] + w1 * colors[i1, 2] + w2 * colors[i2, 2]
    else:
        red, green, blue = colors[t, 0], colors[t, 1], colors[t, 2]
    ex = w0 * eyes[i0, 0] + w1 * eyes[i1, 0] + w2 * eyes[i2, 0]
    ey = w0 * eyes[i0, 1] + w1 * eyes[i1, 1] + w2 * eyes[i2, 1]
    ez = w0 * eyes[i0, 2] + w1 * eyes[i1, 2] + w2 * eyes[i2, 2]
    eye = ex * ex + ey * ey + ez * ez > 0.25
    if eye:
        angle = math.atan2(math.sqrt(ex * ex + ey * ey), ez)
        inside = 1.0 - _step(_IRIS_ANGLE - 0.012, _IRIS_ANGLE + 0.012, angle)
        ring = 0.35 + 0.65 * (1.0 - _step(_IRIS_ANGLE - 0.11, _IRIS_ANGLE - 0.01, angle))
        lift = 1.0 + 0.9 * (1.0 - _step(_PUPIL_ANGLE, 0.8 * _IRIS_ANGLE, angle))
        open_ = _step(_PUPIL_ANGLE - 0.012, _PUPIL_ANGLE + 0.012, angle) * ring * lift
        red = red + inside * (iris[0] * open_ + 0.004 - red)
        green = green + inside * (iris[1] * open_ + 0.004 - green)
        blue = blue + inside * (iris[2] * open_ + 0.005 - blue)
    reach = w0 * sky[i0] + w1 * sky[i1] + w2 * sky[i2]
    key = w0 * lamp[i0] + w1 * lamp[i1] + w2 * lamp[i2]
    dark = 1.0 - reach
    lr = (ambient[0, 0] + ambient[1, 0] * nx + ambient[2, 0] * ny + ambient[3, 0] * nz) * (
        reach + _BLEED[0] * dark * reach
    )
    lg = (ambient[0, 1] + ambient[1, 1] * nx + ambient[2, 1] * ny + ambient[3, 1] * nz) * (
        reach + _BLEED[1] * dark * reach
    )
    lb = (ambient[0, 2] + ambient[1, 2] * nx + ambient[2, 2] * ny + ambient[3, 2] * nz) * (
        reach + _BLEED[2] * dark * reach
    )
    sr, sg, sb = 0.0, 0.0, 0.0
    shine = gloss[t]
    for k in range(lights.shape[0]):
        direct = key if k == 0 else 0.12 + 0.88 * reach
        facing = nx * lights[k, 0] + ny * lights[k, 1] + nz * lights[k, 2]
        # Light wraps a little around the terminator, most of it red, as under skin.
        hard = max(0.0, facing)
        soft = max(0.0, (facing + 0.25) / 1.25)
        soft *= soft
        lr += lights[k, 3] * direct * (0.55 * hard + 0.45 * soft)
        lg += lights[k, 4] * direct * (0.75 * hard + 0.25 * soft)
        lb += lights[k, 5] * direct * (0.80 * hard + 0.20 * soft)
        if shine > 0.0 and facing > 0.0:
            hx, hy, hz = lights[k, 0] + vx, lights[k, 1] + vy, lights[k, 2] + vz
            hs = 1.0 / math.sqrt(hx * hx + hy * hy + hz * hz + 1e-30)
            half = max(0.0, (nx * hx + ny * hy + nz * hz) * hs)
            power = 22.0 + 240.0 * max(0.0, shine - 0.3)
            # A lamp's glint on a wet eye survives the lid's soft shadow.
            lit = max(direct, 0.5) if eye else direct
            glint = shine * lit * half**power * (power + 8.0) / 60.0 * facing
            sr += lights[k, 3] * glint
            sg += lights[k, 4] * glint
            sb += lights[k, 5] * glint
    return (
        _roll_off(red * lr * _EXPOSURE + sr),
        _roll_off(green * lg * _EXPOSURE + sg),
        _roll_off(blue * lb * _EXPOSURE + sb),
    )


@kernel(parallel=True)
def shade_picture(
    points: Floats,
    normals: Floats,
    triangles: Ints,
    front: Ints,
    behind: Ints,
    samples: int,
    focal: float,
    colors: Floats,
    per_vertex: bool,
    gloss: Floats,
    opacity: Floats,
    eyes: Floats,
    sky: Floats,
    lamp: Floats,
    lights: Floats,
    ambient: Floats,
    iris: Floats,
    image: Floats,
) -> None:  # pragma: no cover - compiled
    """Image (H, W, 4) = mean linear RGB, premultiplied, and coverage of samples × samples rays.

    ``front`` (H·s, W·s) is the nearest triangle per ray; where its opacity is below 1, what
    ``behind`` (H·s, W·s) sees shows through.
    """
    rows, columns = front.shape
    for i in prange(image.shape[0]):
        for j in range(image.shape[1]):
            red, green, blue, cover = 0.0, 0.0, 0.0, 0.0
            for k in range(samples * samples):
                y, x = i * samples + k // samples, j * samples + k % samples
                t = front[y, x]
                if t < 0:
                    continue
                dx, dy = (x + 0.5 - 0.5 * columns) / focal, (0.5 * rows - y - 0.5) / focal
                share = opacity[t]
                r, g, b = _sample(
                    t, dx, dy, points, normals, triangles, colors, per_vertex, gloss, eyes, sky, lamp,
                    lights, ambient, iris,
                )  # fmt: skip
                red, green, blue, cover = red + share * r, green + share * g, blue + share * b, cover + share
                u = behind[y, x]
                if share < 1.0 and u >= 0:
                    r, g, b = _sample(
                        u, dx, dy, points, normals, triangles, colors, per_vertex, gloss, eyes, sky, lamp,
                        lights, ambient, iris,
                    )  # fmt: skip
                    share = 1.0 - share
                    red, green, blue, cover = (
                        red + share * r,
                        green + share * g,
                        blue + share * b,
                        cover + share,
                    )
            scale = 1.0 / (samples * samples)
            image[i, j, 0], image[i, j, 1] = red * scale, green * scale
            image[i, j, 2], image[i, j, 3] = blue * scale, cover * scale
