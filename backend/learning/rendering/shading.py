# SPDX-License-Identifier: GPL-3.0-or-later
"""Grey shading of what the rasteriser sees, and its derivative by points and normals."""

from __future__ import annotations

import math

from ...kernels import kernel
from ...rendering.arrays import Floats, Ints

GROUND = 1.0


@kernel(inline="always")
def _cross(
    ax: float, ay: float, az: float, bx: float, by: float, bz: float
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


@kernel(inline="always")
def _light_on(
    light: Floats, nx: float, ny: float, nz: float, vx: float, vy: float, vz: float
) -> float:  # pragma: no cover - compiled
    """Intensity for a unit normal n and unit direction v to the viewer, see ``Light``."""
    value = (
        light[0]
        + light[1] * nx
        + light[2] * ny
        + light[3] * nz
        + light[4] * nx * ny
        + light[5] * ny * nz
        + light[6] * nx * nz
        + light[7] * nz * nz
        + light[8] * (nx * nx - ny * ny)
    )
    facing = nx * light[9] + ny * light[10] + nz * light[11]
    if facing > 0.0:
        seen = nx * vx + ny * vy + nz * vz
        mirror = 2.0 * facing * seen - (light[9] * vx + light[10] * vy + light[11] * vz)
        value += light[12] * facing
        if mirror > 0.0:
            m4 = mirror * mirror * mirror * mirror
            value += light[13] * m4 * m4 * m4 * m4 * min(1.0, 8.0 * facing)
    return value


@kernel(inline="always")
def _light_gradient(
    light: Floats, nx: float, ny: float, nz: float, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """Derivative (3,) of ``_light_on`` by the normal, as if n were free."""
    gx = light[1] + light[4] * ny + light[6] * nz + 2.0 * light[8] * nx
    gy = light[2] + light[4] * nx + light[5] * nz - 2.0 * light[8] * ny
    gz = light[3] + light[5] * ny + light[6] * nx + 2.0 * light[7] * nz
    lx, ly, lz = light[9], light[10], light[11]
    facing = nx * lx + ny * ly + nz * lz
    if facing > 0.0:
        seen = nx * vx + ny * vy + nz * vz
        mirror = 2.0 * facing * seen - (lx * vx + ly * vy + lz * vz)
        a = light[12]
        b = 0.0
        if mirror > 0.0:
            m4 = mirror * mirror * mirror * mirror
            m15 = m4 * m4 * m4 * mirror * mirror * mirror
            fade = min(1.0, 8.0 * facing)
            slope = 16.0 * light[13] * m15 * fade
            a += 2.0 * slope * seen
            b = 2.0 * slope * facing
            if fade < 1.0:
                a += 8.0 * light[13] * m15 * mirror
        gx += a * lx + b * vx
        gy += a * ly + b * vy
        gz += a * lz + b * vz
    return gx, gy, gz


@kernel(inline="always")
def _weights(
    points: Floats, a: int, b: int, c: int, dx: float, dy: float
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """How much the three corners count where the ray (dx, dy, −1) meets their triangle; positive on the front.

    The common factor that they lack drops out when the normal is normalised.
    """
    ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
    bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
    cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
    ex, ey, ez = _cross(bx, by, bz, cx, cy, cz)
    w0 = ez - dx * ex - dy * ey
    ex, ey, ez = _cross(cx, cy, cz, ax, ay, az)
    w1 = ez - dx * ex - dy * ey
    ex, ey, ez = _cross(ax, ay, az, bx, by, bz)
    return w0, w1, ez - dx * ex - dy * ey


@kernel(inline="always")
def _towards_viewer(
    rotation: Floats, dx: float, dy: float
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """Unit vector in the world against the ray (dx, dy, −1) of the camera."""
    scale = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
    return (
        (rotation[2, 0] - rotation[0, 0] * dx - rotation[1, 0] * dy) * scale,
        (rotation[2, 1] - rotation[0, 1] * dx - rotation[1, 1] * dy) * scale,
        (rotation[2, 2] - rotation[0, 2] * dx - rotation[1, 2] * dy) * scale,
    )


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
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            w0, w1, w2 = _weights(points, a, b, c, dx, dy)
            mx = w0 * normals[a, 0] + w1 * normals[b, 0] + w2 * normals[c, 0]
            my = w0 * normals[a, 1] + w1 * normals[b, 1] + w2 * normals[c, 1]
            mz = w0 * normals[a, 2] + w1 * normals[b, 2] + w2 * normals[c, 2]
            length = math.sqrt(mx * mx + my * my + mz * mz)
            scale = 1.0 / length if length > 0.0 else 0.0
            vx, vy, vz = _towards_viewer(rotation, dx, dy)
            value = _light_on(light, mx * scale, my * scale, mz * scale, vx, vy, vz)
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
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
            bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
            cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
            w0, w1, w2 = _weights(points, a, b, c, dx, dy)
            mx = w0 * normals[a, 0] + w1 * normals[b, 0] + w2 * normals[c, 0]
            my = w0 * normals[a, 1] + w1 * normals[b, 1] + w2 * normals[c, 1]
            mz = w0 * normals[a, 2] + w1 * normals[b, 2] + w2 * normals[c, 2]
            length = math.sqrt(mx * mx + my * my + mz * mz)
            if length <= 0.0:
                continue
            scale = 1.0 / length
            nx, ny, nz = mx * scale, my * scale, mz * scale
            vx, vy, vz = _towards_viewer(rotation, dx, dy)
            hx, hy, hz = _light_gradient(light, nx, ny, nz, vx, vy, vz)
            along = nx * hx + ny * hy + nz * hz
            g *= scale
            hx, hy, hz = (hx - along * nx) * g, (hy - along * ny) * g, (hz - along * nz) * g
            grad_normals[a, 0] += w0 * hx
            grad_normals[a, 1] += w0 * hy
            grad_normals[a, 2] += w0 * hz
            grad_normals[b, 0] += w1 * hx
            grad_normals[b, 1] += w1 * hy
            grad_normals[b, 2] += w1 * hz
            grad_normals[c, 0] += w2 * hx
            grad_normals[c, 1] += w2 * hy
            grad_normals[c, 2] += w2 * hz
            g0 = -(normals[a, 0] * hx + normals[a, 1] * hy + normals[a, 2] * hz)
            g1 = -(normals[b, 0] * hx + normals[b, 1] * hy + normals[b, 2] * hz)
            g2 = -(normals[c, 0] * hx + normals[c, 1] * hy + normals[c, 2] * hz)
            # p×d for each corner p, with d = (dx, dy, −1).
            pax, pay, paz = -ay - az * dy, az * dx + ax, ax * dy - ay * dx
            pbx, pby, pbz = -by - bz * dy, bz * dx + bx, bx * dy - by * dx
            pcx, pcy, pcz = -cy - cz * dy, cz * dx + cx, cx * dy - cy * dx
            grad_points[a, 0] += g2 * pbx - g1 * pcx
            grad_points[a, 1] += g2 * pby - g1 * pcy
            grad_points[a, 2] += g2 * pbz - g1 * pcz
            grad_points[b, 0] += g0 * pcx - g2 * pax
            grad_points[b, 1] += g0 * pcy - g2 * pay
            grad_points[b, 2] += g0 * pcz - g2 * paz
            grad_points[c, 0] += g1 * pax - g0 * pbx
            grad_points[c, 1] += g1 * pay - g0 * pby
            grad_points[c, 2] += g1 * paz - g0 * pbz
