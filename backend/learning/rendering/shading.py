# SPDX-License-Identifier: GPL-3.0-or-later
"""Grey shading of what the rasteriser sees, and its derivative by points and normals."""

from __future__ import annotations

import math

from ...kernels import kernel
from ...rendering.arrays import Floats, Ints
from ...rendering.rasterizer import corner_weights
from ...rendering.vectors import Vector, add, cross, dot, minus, mix, plus, row, scaled

GROUND = 1.0


@kernel
def _light_on(light: Floats, n: Vector, v: Vector) -> float:  # pragma: no cover - compiled
    """Intensity for a unit normal n and unit direction v to the viewer, see ``Light``."""
    x, y, z = n
    value = (
        light[0]
        + light[1] * x
        + light[2] * y
        + light[3] * z
        + light[4] * x * y
        + light[5] * y * z
        + light[6] * x * z
        + light[7] * z * z
        + light[8] * (x * x - y * y)
    )
    lamp = light[9], light[10], light[11]
    facing = dot(n, lamp)
    if facing > 0.0:
        mirror = 2.0 * facing * dot(n, v) - dot(lamp, v)
        value += light[12] * facing
        if mirror > 0.0:
            m4 = mirror * mirror * mirror * mirror
            value += light[13] * m4 * m4 * m4 * m4 * min(1.0, 8.0 * facing)
    return value


@kernel
def _light_gradient(light: Floats, n: Vector, v: Vector) -> Vector:  # pragma: no cover - compiled
    """Derivative (3,) of ``_light_on`` by the normal, as if n were free."""
    x, y, z = n
    gradient = (
        light[1] + light[4] * y + light[6] * z + 2.0 * light[8] * x,
        light[2] + light[4] * x + light[5] * z - 2.0 * light[8] * y,
        light[3] + light[5] * y + light[6] * x + 2.0 * light[7] * z,
    )
    lamp = light[9], light[10], light[11]
    facing = dot(n, lamp)
    if facing <= 0.0:
        return gradient
    seen = dot(n, v)
    mirror = 2.0 * facing * seen - dot(lamp, v)
    a, b = light[12], 0.0
    if mirror > 0.0:
        m4 = mirror * mirror * mirror * mirror
        m15 = m4 * m4 * m4 * mirror * mirror * mirror
        fade = min(1.0, 8.0 * facing)
        slope = 16.0 * light[13] * m15 * fade
        a += 2.0 * slope * seen
        b = 2.0 * slope * facing
        if fade < 1.0:
            a += 8.0 * light[13] * m15 * mirror
    return plus(gradient, plus(scaled(lamp, a), scaled(v, b)))


@kernel
def _towards_viewer(rotation: Floats, dx: float, dy: float) -> Vector:  # pragma: no cover - compiled
    """Unit vector in the world against the ray (dx, dy, −1) of the camera."""
    along = minus(row(rotation, 2), plus(scaled(row(rotation, 0), dx), scaled(row(rotation, 1), dy)))
    return scaled(along, 1.0 / math.sqrt(dx * dx + dy * dy + 1.0))


@kernel
def shade(
    points: Floats,
    normals: Floats,
    triangles: Ints,
    rotation: Floats,
    focal: float,
    light: Floats,
    face: Ints,
    grey: Floats,
) -> None:  # pragma: no cover - compiled
    """Grey (H, W) of one view, clamped to 0…1; ``GROUND`` where ``face`` (H, W) is −1.

    points (N, 3) in the camera's frame; normals (N, 3) unit, in the world; rotation (3, 3) world
    → camera; light (14,) a row of ``pack_lights``. The back of a triangle is shaded with the
    opposite normal, so open meshes look the same from within.
    """
    height, width = face.shape
    pixel = 1.0 / focal
    for i in range(height):
        dy = (0.5 * height - i - 0.5) * pixel
        for j in range(width):
            t = face[i, j]
            if t < 0:
                grey[i, j] = GROUND
                continue
            dx = (j + 0.5 - 0.5 * width) * pixel
            corners = row(triangles, t)
            m = mix(normals, corners, corner_weights(points, corners, dx, dy))
            length = math.sqrt(dot(m, m))
            normal = scaled(m, 1.0 / length if length > 0.0 else 0.0)
            value = _light_on(light, normal, _towards_viewer(rotation, dx, dy))
            grey[i, j] = min(1.0, max(0.0, value))


@kernel
def shade_backward(
    points: Floats,
    normals: Floats,
    triangles: Ints,
    rotation: Floats,
    focal: float,
    light: Floats,
    face: Ints,
    grey: Floats,
    grad_grey: Floats,
    grad_points: Floats,
    grad_normals: Floats,
) -> None:  # pragma: no cover - compiled
    """Add the derivative of ``shade`` to grad_points (camera's frame) and grad_normals (world).

    With weights w (not normalised) and m = −Σ wᵢ nᵢ, n = m/|m|: the gradient h by m gives −wᵢ h
    by nᵢ and −nᵢ·h by wᵢ; w₀ = d·(b×c) has derivative c×d by b and d×b by c, and so on.
    """
    height, width = face.shape
    pixel = 1.0 / focal
    for i in range(height):
        dy = (0.5 * height - i - 0.5) * pixel
        for j in range(width):
            t = face[i, j]
            g = grad_grey[i, j]
            # Where the grey was cut at 0 or 1 it does not change with anything.
            if t < 0 or g == 0.0 or grey[i, j] <= 0.0 or grey[i, j] >= 1.0:
                continue
            dx = (j + 0.5 - 0.5 * width) * pixel
            corners = row(triangles, t)
            weights = corner_weights(points, corners, dx, dy)
            m = mix(normals, corners, weights)
            length = math.sqrt(dot(m, m))
            if length <= 0.0:
                continue
            normal = scaled(m, 1.0 / length)
            h = _light_gradient(light, normal, _towards_viewer(rotation, dx, dy))
            h = scaled(minus(h, scaled(normal, dot(normal, h))), g / length)
            for k in range(3):
                add(grad_normals, corners[k], scaled(h, weights[k]))
            a, b, c = corners
            g0, g1, g2 = -dot(row(normals, a), h), -dot(row(normals, b), h), -dot(row(normals, c), h)
            ray = dx, dy, -1.0
            ad, bd, cd = cross(row(points, a), ray), cross(row(points, b), ray), cross(row(points, c), ray)
            add(grad_points, a, minus(scaled(bd, g2), scaled(cd, g1)))
            add(grad_points, b, minus(scaled(cd, g0), scaled(ad, g2)))
            add(grad_points, c, minus(scaled(ad, g1), scaled(bd, g0)))
