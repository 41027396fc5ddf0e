# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures for people: a head under three lights on a light ground, antialiased."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray

from .arrays import Floats, Ints
from .camera import Camera
from .materials import Materials, as_materials
from .normals import vertex_normals
from .rasterizer import rasterize

WARM_GREY = (0.925, 0.915, 0.900)

# Lights hang on the camera (its axes: right, up, towards the viewer), so every picture of a sheet
# is lit alike. Rows: direction to the light, then linear RGB intensity.
_LIGHTS = np.array(
    [
        [-0.50, 0.62, 0.70, 1.55, 1.47, 1.36],  # key, warm, from the upper left
        [0.85, 0.10, 0.55, 0.36, 0.40, 0.47],  # fill, cool, from the right
        [0.60, 0.35, -0.75, 0.80, 0.82, 0.90],  # rim, from behind
        [-0.75, 0.25, -0.65, 0.38, 0.36, 0.36],
    ]
)
_LIGHTS[:, :3] /= np.linalg.norm(_LIGHTS[:, :3], axis=1, keepdims=True)

# Ambient light as spherical harmonics of degree 1: constant, then the slope along right, up,
# viewer; a bright sky, a warm floor.
_AMBIENT = np.array(
    [
        [0.50, 0.50, 0.52],
        [-0.03, -0.02, 0.00],
        [0.16, 0.18, 0.21],
        [0.06, 0.06, 0.05],
    ]
)

_IRIS = np.array([0.075, 0.125, 0.15])
_PUPIL_ANGLE, _IRIS_ANGLE = 0.155, 0.40


@njit(cache=True, inline="always")
def _step(edge0: float, edge1: float, x: float) -> float:  # pragma: no cover - compiled
    t = min(1.0, max(0.0, (x - edge0) / (edge1 - edge0)))
    return t * t * (3.0 - 2.0 * t)


@njit(cache=True, parallel=True)
def _shade(
    points: Floats,
    normals: Floats,
    triangles: Ints,
    face: Ints,
    focal: float,
    colors: Floats,
    per_vertex: bool,
    gloss: Floats,
    eyes: Floats,
    occlusion: Floats,
    lights: Floats,
    ambient: Floats,
    iris: Floats,
    image: Floats,
) -> None:  # pragma: no cover - compiled
    """Fill image (H, W, 3) with linear RGB where ``face`` (H, W) sees a triangle."""
    height, width = face.shape
    for i in prange(height):
        for j in range(width):
            t = face[i, j]
            if t < 0:
                continue
            i0, i1, i2 = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            dx, dy = (j + 0.5 - 0.5 * width) / focal, (0.5 * height - i - 0.5) / focal
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
            vl = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
            vx, vy, vz = -dx * vl, -dy * vl, vl
            # The edge functions' sum has the sign of det(a, b, c), positive seen from behind.
            if total > 0.0:
                scale = -scale
            nx, ny, nz = nx * scale, ny * scale, nz * scale
            if per_vertex:
                red = w0 * colors[i0, 0] + w1 * colors[i1, 0] + w2 * colors[i2, 0]
                green = w0 * colors[i0, 1] + w1 * colors[i1, 1] + w2 * colors[i2, 1]
                blue = w0 * colors[i0, 2] + w1 * colors[i1, 2] + w2 * colors[i2, 2]
            else:
                red, green, blue = colors[t, 0], colors[t, 1], colors[t, 2]
            shine = gloss[t]
            ex = w0 * eyes[i0, 0] + w1 * eyes[i1, 0] + w2 * eyes[i2, 0]
            ey = w0 * eyes[i0, 1] + w1 * eyes[i1, 1] + w2 * eyes[i2, 1]
            ez = w0 * eyes[i0, 2] + w1 * eyes[i1, 2] + w2 * eyes[i2, 2]
            if ex * ex + ey * ey + ez * ez > 0.25:
                angle = math.atan2(math.sqrt(ex * ex + ey * ey), ez)
                inside = 1.0 - _step(_IRIS_ANGLE - 0.012, _IRIS_ANGLE + 0.012, angle)
                ring = 0.35 + 0.65 * (1.0 - _step(_IRIS_ANGLE - 0.11, _IRIS_ANGLE - 0.01, angle))
                lift = 1.0 + 0.9 * (1.0 - _step(_PUPIL_ANGLE, 0.8 * _IRIS_ANGLE, angle))
                open_ = _step(_PUPIL_ANGLE - 0.012, _PUPIL_ANGLE + 0.012, angle) * ring * lift
                red = red + inside * (iris[0] * open_ + 0.004 - red)
                green = green + inside * (iris[1] * open_ + 0.004 - green)
                blue = blue + inside * (iris[2] * open_ + 0.005 - blue)
            shadow = w0 * occlusion[i0] + w1 * occlusion[i1] + w2 * occlusion[i2]
            lr = (ambient[0, 0] + ambient[1, 0] * nx + ambient[2, 0] * ny + ambient[3, 0] * nz) * shadow
            lg = (ambient[0, 1] + ambient[1, 1] * nx + ambient[2, 1] * ny + ambient[3, 1] * nz) * shadow
            lb = (ambient[0, 2] + ambient[1, 2] * nx + ambient[2, 2] * ny + ambient[3, 2] * nz) * shadow
            direct = 0.45 + 0.55 * shadow
            sr, sg, sb = 0.0, 0.0, 0.0
            for k in range(lights.shape[0]):
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
                    glint = shine * direct * half**power * (power + 8.0) / 60.0 * facing
                    sr += lights[k, 3] * glint
                    sg += lights[k, 4] * glint
                    sb += lights[k, 5] * glint
            image[i, j, 0] = red * lr * 0.62 + sr
            image[i, j, 1] = green * lg * 0.62 + sg
            image[i, j, 2] = blue * lb * 0.62 + sb


def _to_linear(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _to_srgb(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.clip(linear, 0.0, None) ** (1 / 2.4) - 0.055
    )


def _soft_clip(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Roll highlights off above 0.75 instead of cutting them at 1."""
    excess = np.maximum(linear - 0.75, 0.0)
    return np.minimum(linear, 0.75) + 0.25 * (1.0 - np.exp(-excess / 0.25))


def render_image(
    vertices: ArrayLike,
    triangles: ArrayLike,
    camera: Camera,
    size: int | tuple[int, int] = 512,
    colors: Materials | ArrayLike | None = None,
    background: tuple[float, float, float] | None = WARM_GREY,
    supersample: int = 3,
) -> NDArray[np.uint8]:
    """A picture (H, W, 3) uint8 of a mesh under a key, a fill and two rim lights.

    Parameters
    ----------
    vertices : (N, 3) positions [m].
    triangles : (M, 3) vertex indices, counter-clockwise from outside; both sides are drawn.
    camera : where to look from, e.g. ``portrait_camera(vertices, yaw_degrees=25)``.
    size : side of a square picture, or (height, width) [pixels].
    colors : ``Materials`` (see ``head_materials``), or sRGB colours (3,), per vertex (N, 3) or
        per triangle (M, 3), as uint8 or as floats in 0..1; None: skin all over.
    background : sRGB colour in 0..1; None gives a picture (H, W, 4) with a transparent ground.
    supersample : samples per pixel along each axis.

    Raises
    ------
    ValueError
        When the colours' count fits neither the vertices nor the triangles.
    """
    vertices = np.ascontiguousarray(vertices, dtype=np.float64)
    triangles = np.ascontiguousarray(triangles, dtype=np.int32)
    paint = as_materials(colors, len(vertices), len(triangles))
    height, width = (size, size) if isinstance(size, int) else size
    shape = (height * supersample, width * supersample)
    focal = float(camera.focal(shape[0]))
    points = camera.to_camera(vertices)
    face = np.empty(shape, dtype=np.int32)
    depth = np.empty(shape, dtype=np.float64)
    rasterize(points, triangles, focal, camera.near, face, depth, 4)
    linear = np.zeros((*shape, 3))
    per_vertex = len(paint.colors) == len(vertices)
    eyes = np.zeros((len(vertices), 3)) if paint.eye_direction is None else paint.eye_direction
    _shade(
        points,
        vertex_normals(points, triangles),
        triangles,
        face,
        focal,
        _to_linear(np.asarray(paint.colors, dtype=np.float64)),
        per_vertex,
        np.asarray(paint.gloss, dtype=np.float64),
        np.ascontiguousarray(eyes, dtype=np.float64),
        np.ones(len(vertices)),
        _LIGHTS,
        _AMBIENT,
        _IRIS,
        linear,
    )
    cover = (face >= 0).astype(np.float64)
    linear = _soft_clip(linear)
    blocks = (height, supersample, width, supersample)
    alpha = cover.reshape(blocks).mean(axis=(1, 3))[..., None]
    linear = (linear * cover[..., None]).reshape(*blocks, 3).mean(axis=(1, 3))
    if background is None:
        color = _to_srgb(linear / np.maximum(alpha, 1e-9))
        return np.round(255 * np.clip(np.concatenate([color, alpha], axis=2), 0, 1)).astype(np.uint8)
    linear = linear + (1.0 - alpha) * _to_linear(np.asarray(background, dtype=np.float64))
    return np.round(255 * np.clip(_to_srgb(linear), 0, 1)).astype(np.uint8)
