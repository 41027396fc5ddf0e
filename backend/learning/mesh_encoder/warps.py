# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth maps of space that deform whatever lies in them; all points (N, 3) in metres, +Y up, facing +Z."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]


def smooth_step(values: Array) -> Array:
    """0 below 0, 1 above 1, and a cubic without a kink between."""
    share = np.clip(values, 0, 1)
    return share**2 * (3 - 2 * share)


def shifted(points: Array, centre: Array, by: Array, inner: float, outer: float) -> Array:
    """What lies within ``inner`` of the centre moved, less and less up to ``outer``."""
    away = np.linalg.norm(points - centre, axis=1)
    return points + smooth_step((outer - away) / (outer - inner))[:, None] * by


def magnified(
    points: Array, centre: Array, size: float, inner: float, outer: float, form: Array | None = None
) -> Array:
    """What lies within ``inner`` of the centre ``size`` times as large, at the cost of what lies up to ``outer``.

    Distances are those of an ellipsoid with the half axes ``form`` (3,). Nothing folds as long as
    ``size`` · ``inner`` < ``outer``.
    """
    offset = points - centre
    away = np.linalg.norm(offset if form is None else offset / form, axis=1)
    edge = size * inner
    beyond = edge + (outer - edge) * (away - inner) / (outer - inner)
    farther = np.where(away < inner, size * away, np.where(away < outer, beyond, away))
    return centre + offset * (farther / np.maximum(away, 1e-12))[:, None]


def stretched_across(
    points: Array, centre: Array, size: float, heights: tuple[float, float], half_width: float
) -> Array:
    """A slit at the centre opened: heights up to the first bound ``size`` times as large, beyond the second as they are.

    It fades out at one and a half times ``half_width`` to the sides and in depth.
    """
    inner, outer = heights
    x, y, z = (points - centre).T
    edge = min(size * inner, 0.8 * outer)
    high = np.interp(np.abs(y), [0, inner, outer], [0, edge, outer])
    near = smooth_step(3 - 2 * np.hypot(x, z) / half_width)
    moved = np.where(np.abs(y) < outer, np.sign(y) * high, y) - y
    return points + (near * moved)[:, None] * [0, 1, 0]


def pushed(
    points: Array, centre: Array, *, forward: float, drop: float, widths: tuple[float, float], taper: float
) -> Array:
    """The front of a head drawn forward about a centre.

    Parameters
    ----------
    points, centre
        (N, 3), (3,).
    forward
        How far, metres.
    drop
        How far downwards for each metre forward.
    widths
        Standard deviations across and along the head's height, metres.
    taper
        By what share the tip is narrower.
    """
    across, along = (points[:, :2] - centre[:2]).T / np.array(widths)[:, None]
    front = smooth_step((points[:, 2] - centre[2] + 0.09) / 0.06)
    share = (front * np.exp(-(across**2 + along**2) / 2))[:, None]
    narrow = centre + (points - centre) * (1 - taper * share * [1, 1, 0])
    return narrow + share * forward * np.array([0.0, -drop, 1.0])


def twisted(points: Array, about: Array, angle: float, reach: float) -> Array:
    """What lies near the points ``about`` (k, 3) turned round the head's long axis, fading out at ``reach``."""
    share = smooth_step(1 - KDTree(about).query(points)[0] / reach)
    cosine, sine = np.cos(angle * share), np.sin(angle * share)
    x, y, z = points.T
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=1)


def bump(points: Array, direction: Array, height: Array, width: float) -> Array:
    """A horn of ``height`` (3,) where the ray from the head's middle in a direction leaves the head."""
    middle = np.array([0.0, 0.0, -0.06])
    ray = direction / np.linalg.norm(direction)
    offset = points - middle
    along = offset @ ray
    aside = np.linalg.norm(offset - along[:, None] * ray, axis=1)
    foot = middle + ray * along[aside < 0.02].max(initial=0.1)
    away = np.linalg.norm(points - foot, axis=1)
    return points + (smooth_step(1 - away / (2.5 * width)) ** 2)[:, None] * height
