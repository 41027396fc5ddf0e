# SPDX-License-Identifier: GPL-3.0-or-later
"""The measuring tool's own rasteriser: an orthographic z-buffer that returns triangle ids.

It shares nothing with the renderer of the training losses, so that no method can look better
here by having been tuned to a peculiarity of that renderer. Sampling is one point per pixel
centre; rays are parallel, so that areas and silhouettes do not depend on a camera distance.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.kernels import kernel

from .triangle_geometry import triangle_normals


@dataclass(frozen=True)
class OrthographicView:
    """A view along parallel rays.

    Attributes
    ----------
    yaw, pitch
        Direction of the camera as seen from the subject, degrees: yaw turns towards the
        subject's left (+X), pitch upwards (+Y); (0, 0) looks at the face from +Z.
    center
        (3,) point that projects to the middle of the image, metres.
    width
        Side of the square image in metres.
    size
        Side of the square image in pixels.
    """

    yaw: float
    pitch: float
    center: tuple[float, float, float]
    width: float
    size: int

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3) rows: image right, image up, towards the camera."""
        yaw, pitch = math.radians(self.yaw), math.radians(self.pitch)
        towards = np.array([math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)])
        right = np.array([math.cos(yaw), 0.0, -math.sin(yaw)])
        return np.stack([right, np.cross(towards, right), towards])

    @property
    def pixel_area(self) -> float:
        """Area of one pixel in square metres."""
        return (self.width / self.size) ** 2

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """(…, 3) metres to (…, 3): column and row in pixels, depth in metres (larger is nearer)."""
        local = (np.asarray(points, np.float64) - np.asarray(self.center)) @ self.axes.T
        scale = self.size / self.width
        column = local[..., 0] * scale + self.size / 2
        row = self.size / 2 - local[..., 1] * scale
        return np.stack([column, row, local[..., 2]], -1)


@kernel
def _fill(
    points: NDArray[np.float64],
    triangles: NDArray[np.int32],
    size: int,
    ids: NDArray[np.int32],
    depths: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1 = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
        x2, y2 = points[c, 0], points[c, 1]
        left = max(0, int(math.ceil(min(x0, x1, x2) - 0.5)))
        right = min(size - 1, int(math.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(math.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(size - 1, int(math.floor(max(y0, y1, y2) - 0.5)))
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if right < left or bottom < top or area == 0.0:
            continue
        z0, z1, z2 = points[a, 2], points[b, 2], points[c, 2]
        inverse = 1.0 / area
        # Barycentric coordinates are linear in x: value and slope per row.
        slope_u, slope_v = (y1 - y2) * inverse, (y2 - y0) * inverse
        slope_w = -slope_u - slope_v
        for row in range(top, bottom + 1):
            y = row + 0.5
            x = left + 0.5
            u = ((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) * inverse
            v = ((x2 - x) * (y0 - y) - (x0 - x) * (y2 - y)) * inverse
            w = 1.0 - u - v
            for step in range(right - left + 1):
                p, q, r = u + step * slope_u, v + step * slope_v, w + step * slope_w
                # A hair of tolerance: an edge shared by two triangles never leaves a pinhole.
                if p < -1e-9 or q < -1e-9 or r < -1e-9:
                    continue
                depth = p * z0 + q * z1 + r * z2
                if depth > depths[row, left + step]:
                    depths[row, left + step] = depth
                    ids[row, left + step] = t


def rasterize(
    vertices: ArrayLike, triangles: ArrayLike, view: OrthographicView
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Visible triangle of every pixel.

    Parameters
    ----------
    vertices
        (N, 3) metres.
    triangles
        (M, 3) vertex indices; both sides of a triangle are opaque.

    Returns
    -------
    ids
        (size, size) int32, index of the nearest triangle, -1 where there is none.
    depths
        (size, size) metres along the view's axis, larger is nearer, -inf where there is none.
    """
    ids = np.full((view.size, view.size), -1, np.int32)
    depths = np.full((view.size, view.size), -np.inf)
    points = np.ascontiguousarray(view.project(vertices))
    _fill(points, np.ascontiguousarray(triangles, np.int32), view.size, ids, depths)
    return ids, depths


def visible_area(
    vertices: ArrayLike, triangles: ArrayLike, counted: NDArray[np.bool_], view: OrthographicView
) -> float:
    """Visible area of the triangles marked in ``counted`` (M,), as projected, in square metres."""
    ids, _ = rasterize(vertices, triangles, view)
    return float(counted[ids[ids >= 0]].sum()) * view.pixel_area


def normal_map(
    vertices: ArrayLike, triangles: ArrayLike, view: OrthographicView
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """World-space unit normals (size, size, 3) of the visible triangles, and the coverage mask.

    One normal per triangle: the measure sees the surface as it is, before any shading model.
    """
    ids, _ = rasterize(vertices, triangles, view)
    covered = ids >= 0
    image = np.zeros((*ids.shape, 3))
    image[covered] = triangle_normals(vertices, triangles)[ids[covered]]
    return image, covered
