# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures for people: a head under three lights on a light ground, antialiased."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..mesh.normals import vertex_normals
from .arrays import Floats
from .camera import Camera
from .materials import Materials, as_materials
from .occlusion import lamp_light, sky_light
from .picture_shading import LIGHTS, Surface, shade_picture
from .rasterizer import rasterize

WARM_GREY = np.array([0.925, 0.915, 0.900])
_BANDS = 4
_SAMPLES = 3  # per pixel along each axis


def _to_linear(srgb: Floats) -> Floats:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _to_srgb(linear: Floats) -> Floats:
    positive = np.clip(linear, 0.0, None)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * positive ** (1 / 2.4) - 0.055)


def render_image(
    vertices: ArrayLike, triangles: ArrayLike, camera: Camera, size: int, colors: Materials | Floats
) -> NDArray[np.uint8]:
    """A picture (size, size, 3) uint8 of a mesh under a key, a fill and two rim lights, with soft shadows.

    Parameters
    ----------
    vertices : (N, 3) positions [m].
    triangles : (M, 3) vertex indices, counter-clockwise from outside; both sides are drawn.
    camera : where to look from, e.g. ``portrait_camera(vertices, yaw_degrees=25)``.
    size : side of the picture [pixels].
    colors : ``Materials`` (see ``head_materials``), or sRGB colours in 0..1, per vertex (N, 3) or
        per triangle (M, 3).

    Raises
    ------
    ValueError
        When the colours' count fits neither the vertices nor the triangles.
    """
    vertices = np.ascontiguousarray(vertices, dtype=np.float64)
    triangles = np.ascontiguousarray(triangles, dtype=np.int32)
    paint = as_materials(colors, len(vertices), len(triangles))
    shape = (size * _SAMPLES, size * _SAMPLES)
    focal = float(camera.focal(shape[0]))
    points = camera.to_camera(vertices)
    normals = vertex_normals(points, triangles)
    if paint.opacity is not None and not (paint.opacity > 0).all():
        seen = paint.opacity > 0
        triangles, paint = np.ascontiguousarray(triangles[seen]), paint.of_triangles(seen, len(vertices))
    opacity = np.ones(len(triangles)) if paint.opacity is None else paint.opacity
    solid = opacity >= 1.0
    # Translucent things cast no shadow, and what they cover is drawn on a second sheet.
    casters = np.ascontiguousarray(triangles[solid])
    face = _faces(points, triangles, shape, focal, camera.near)
    behind = face
    if not solid.all():
        behind = _faces(points, casters, shape, focal, camera.near)
        behind = np.where(behind >= 0, np.flatnonzero(solid).astype(np.int32)[behind], -1).astype(np.int32)
    sky = lamp = np.ones(len(vertices))
    if len(casters):
        sky = sky_light(points, normals, triangles, casters)
        lamp = lamp_light(points, triangles, casters, LIGHTS[0, :3])
    eyes = np.zeros((len(vertices), 3)) if paint.eye_direction is None else paint.eye_direction
    surface = Surface(
        points,
        normals,
        triangles,
        _to_linear(np.ascontiguousarray(paint.colors, dtype=np.float64)),
        len(paint.colors) == len(vertices),
        np.ascontiguousarray(paint.gloss, dtype=np.float64),
        np.ascontiguousarray(opacity, dtype=np.float64),
        np.ascontiguousarray(eyes, dtype=np.float64),
        sky,
        lamp,
    )
    image = np.empty((size, size, 4))
    shade_picture(surface, face, behind, _SAMPLES, focal, image)
    color, alpha = image[..., :3], image[..., 3:]
    picture = _to_srgb(color + (1.0 - alpha) * _to_linear(WARM_GREY))
    return np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def _faces(
    points: Floats, triangles: NDArray[np.int32], shape: tuple[int, int], focal: float, near: float
) -> NDArray[np.int32]:
    """The nearest triangle of each ray, −1 where there is none."""
    face = np.empty(shape, dtype=np.int32)
    rasterize(points, triangles, focal, near, face, np.empty(shape), _BANDS)
    return face
