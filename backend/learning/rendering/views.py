# SPDX-License-Identifier: GPL-3.0-or-later
"""The ten training views of a face: the whole head from three sides, twice, and four close-ups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...rendering.camera import Camera, orbit
from .lighting import Light
from .view import View

# Name, field of view [degrees], yaw [degrees]. The wide lens exaggerates what is near, the mid lens
# shows proportions; the two together see the head from five sides.
_WHOLE = (
    ("front_wide", 72.0, 0.0),
    ("left_wide", 72.0, 70.0),
    ("right_wide", 72.0, -70.0),
    ("front", 45.0, 0.0),
    ("left", 45.0, 35.0),
    ("right", 45.0, -35.0),
)
# Name, landmarks (iBUG order of 68 points), half the picture's height in units of the landmarks' extent.
_CLOSE_UPS = (
    ("eye_right", slice(36, 42), 0.95),
    ("eye_left", slice(42, 48), 0.95),
    ("nose", slice(27, 36), 0.72),
    ("mouth", slice(48, 68), 0.78),
)
_CLOSE_UP_FOV = 18.0
# A sculpt may shrink a mouth to a slit: a close-up never shows less than this part of the head's radius.
_SMALLEST = 0.09
# The bounding sphere of a head with its neck leaves much ground; the picture's border may cut that of it.
_TIGHTER = 0.88
_JITTER = 6.0  # degrees; close-ups get half


def face_views(
    landmark_points: ArrayLike, head_vertices: ArrayLike, rng: np.random.Generator | None = None
) -> list[View]:
    """Ten views of one face, framed by its own bounding sphere and its own landmarks.

    Views of one list differ from those of another face as the faces differ, so a close-up shows a
    styled mouth where the style has moved it. Equal states of ``rng`` give equal jitter on any face.

    Parameters
    ----------
    landmark_points : (68, 3) points in iBUG order [m].
    head_vertices : (N, 3) the vertices to frame [m].
    rng : source of the jitter of cameras and lights; None gives the plain views.

    Raises
    ------
    ValueError
        When the landmarks are not (68, 3).
    """
    landmarks = np.asarray(landmark_points, dtype=np.float64)
    if landmarks.shape != (68, 3):
        raise ValueError(f"landmarks {landmarks.shape}: expected (68, 3)")
    center, radius = _bounding_sphere(np.asarray(head_vertices, dtype=np.float64))
    views: list[View] = []
    for name, fov, yaw in _WHOLE:
        turn, rise, shone = _jitter(rng, _JITTER)
        distance = _TIGHTER * radius / np.sin(np.radians(fov) / 2)
        views.append(View(orbit(center, yaw + turn, rise, distance, fov), shone, name))
    for name, rows, half in _CLOSE_UPS:
        turn, rise, shone = _jitter(rng, 0.5 * _JITTER)
        camera = _close_up(landmarks[rows], half, _SMALLEST * radius, turn, rise)
        views.append(View(camera, shone, name))
    return views


def _bounding_sphere(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Centre (3,) of the bounding box, and the distance of the furthest point from it."""
    center = 0.5 * (points.min(axis=0) + points.max(axis=0))
    return center, float(np.linalg.norm(points - center, axis=1).max())


def _close_up(points: NDArray[np.float64], half: float, smallest: float, yaw: float, pitch: float) -> Camera:
    extent = float(np.ptp(points, axis=0).max())
    distance = max(half * extent, smallest) / np.tan(np.radians(_CLOSE_UP_FOV) / 2)
    return orbit(0.5 * (points.min(axis=0) + points.max(axis=0)), yaw, pitch, distance, _CLOSE_UP_FOV)


def _jitter(rng: np.random.Generator | None, degrees: float) -> tuple[float, float, Light]:
    """Changes of yaw and pitch of this deviation, cut at twice that, and a light."""
    if rng is None:
        return 0.0, 0.0, Light()
    turn, rise = np.clip(rng.normal(0.0, degrees, 2), -2 * degrees, 2 * degrees)
    return float(turn), float(rise), Light().jittered(rng)
