# SPDX-License-Identifier: GPL-3.0-or-later
"""Pinhole cameras: where they stand, where they look, how wide they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

_PORTRAIT_FOV = 18.0  # degrees; small values flatter faces


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera with square pixels; +X right, +Y up, it looks along its own −Z.

    Attributes
    ----------
    position : (3,) float64, the centre of projection in the world [m].
    rotation : (3, 3) float64, world → camera; its rows are the camera's axes in the world.
    fov : vertical field of view [degrees].
    near : depth of the near plane [m]; what is nearer is not drawn.
    """

    position: Float
    rotation: Float
    fov: float
    near: float

    @classmethod
    def look_at(cls, eye: ArrayLike, target: ArrayLike, fov: float) -> Camera:
        """A camera at ``eye`` (3,) that looks at ``target`` (3,), both in metres, with +Y up.

        The near plane is at 2 % of the distance between the two. Raises ValueError when they coincide;
        one that looks straight up or down has the world's +Z up.
        """
        eye = np.asarray(eye, dtype=np.float64)
        backward = eye - np.asarray(target, dtype=np.float64)
        distance = float(np.linalg.norm(backward))
        if distance == 0.0:
            raise ValueError("the camera's eye and target are the same point")
        backward = backward / distance
        right = np.cross([0.0, 1.0, 0.0], backward)
        if np.linalg.norm(right) < 1e-9:
            right = np.cross([0.0, 0.0, 1.0], backward)
        right = right / np.linalg.norm(right)
        rotation = np.stack([right, np.cross(backward, right), backward])
        return cls(eye, rotation, float(fov), 0.02 * distance)

    def to_camera(self, points: ArrayLike) -> Float:
        """World points (..., 3) in the camera's frame; depth is −z."""
        return (np.asarray(points, dtype=np.float64) - self.position) @ self.rotation.T

    def focal(self, height: int) -> float:
        """Focal length in pixels for an image ``height`` pixels high."""
        return 0.5 * height / np.tan(np.radians(self.fov) / 2)


def orbit(target: ArrayLike, yaw: float, pitch: float, distance: float, fov: float) -> Camera:
    """A camera at ``distance`` [m] from ``target``; yaw and pitch in degrees.

    Yaw 0, pitch 0 stands in front of the face (on +Z); positive yaw walks towards the subject's
    left (+X), positive pitch rises above it.
    """
    y, p = np.radians(yaw), np.radians(pitch)
    direction = np.array([np.sin(y) * np.cos(p), np.sin(p), np.cos(y) * np.cos(p)])
    target = np.asarray(target, dtype=np.float64)
    return Camera.look_at(target + distance * direction, target, fov=fov)


def portrait_camera(
    points: ArrayLike, yaw_degrees: float = 0.0, pitch_degrees: float = 0.0, margin: float = 1.08
) -> Camera:
    """A camera that frames ``points`` (N, 3) [m] tightly in a square picture.

    The framing depends on the points only through their extent seen from that side, so pictures
    of one head in several expressions agree when all are framed by the same points.

    Parameters
    ----------
    points : the vertices to frame, or any points that span them.
    yaw_degrees, pitch_degrees : side from which to look, see ``orbit``.
    margin : 1 touches the picture's edge.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    axes = orbit(np.zeros(3), yaw_degrees, pitch_degrees, 1.0, _PORTRAIT_FOV).rotation
    local = points @ axes.T
    low, high = local.min(axis=0), local.max(axis=0)
    target = 0.5 * (low + high)
    half = 0.5 * max(high[0] - low[0], high[1] - low[1]) * margin
    # The widest part of a head lies about mid-depth: frame the plane a quarter of the depth
    # before the centre, which leaves room for noses and for ears alike.
    distance = half / np.tan(np.radians(_PORTRAIT_FOV) / 2) + 0.25 * (high[2] - low[2])
    return orbit(target @ axes, yaw_degrees, pitch_degrees, max(distance, 1e-6), _PORTRAIT_FOV)


def stack_cameras(cameras: Sequence[Camera]) -> tuple[Float, Float, Float, Float]:
    """Positions (V, 3), rotations (V, 3, 3), fields of view (V,) [degrees], near planes (V,)."""
    return (
        np.stack([camera.position for camera in cameras]),
        np.stack([camera.rotation for camera in cameras]),
        np.array([camera.fov for camera in cameras], dtype=np.float64),
        np.array([camera.near for camera in cameras], dtype=np.float64),
    )
