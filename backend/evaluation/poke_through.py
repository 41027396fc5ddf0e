# SPDX-License-Identifier: GPL-3.0-or-later
"""Poke-through: eyeballs seen through lids, teeth or tongue seen through lips."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig

from .eye_closure import parts_named
from .rasterizer import OrthographicView, rasterize
from .triangle_geometry import triangle_normals

if TYPE_CHECKING:
    from backend.morphable_model import MorphableModel

YAWS = (-30.0, 0.0, 30.0)
OUTER_VIEWS = tuple((yaw, pitch) for yaw in (-60.0, -30.0, 0.0, 30.0, 60.0) for pitch in (-20.0, 20.0))
_SIZE = 224
_DEPTH = 0.02
_INNER = {"eyeball": ("eye_l", "eye_r"), "teeth": ("teeth_upper", "teeth_lower", "tongue")}


class PokeThrough:
    """Visible poke-through of one pair's rigs, over what source and sculpt show already.

    A pixel shows poke-through when an inner part (eyeball; teeth or tongue) is the nearest
    surface and the nearest skin behind it is outer skin that faces the camera and lies at most
    20 mm deeper: a proper view through the slit of lids or lips has the lining of eye or mouth
    behind it. Outer skin is what `OUTER_VIEWS` of the neutral source face show, inner parts
    drawn, without the ring of triangles along its edge. Views from the front and ±30°, framed on eyes and mouth.

    Parameters
    ----------
    source, sculpt
        (N, 3) the pair, metres.
    poses
        (P, E) slider values.
    """

    def __init__(
        self,
        model: "MorphableModel",
        source: NDArray[np.float64],
        sculpt: NDArray[np.float64],
        poses: NDArray[np.float64],
    ) -> None:
        self._model = model
        self._poses = poses
        part = model.triangle_part
        lashes = parts_named(model, "lashes")
        inner = [index for names in _INNER.values() for index in parts_named(model, *names)]
        self._skin = model.triangles[~np.isin(part, [*lashes, *inner])]
        skin = np.flatnonzero(~np.isin(part, [*lashes, *inner]))
        seen = np.zeros(len(part), bool)
        drawn = np.flatnonzero(~np.isin(part, lashes))
        for yaw, pitch in OUTER_VIEWS:
            view = OrthographicView(yaw, pitch, (0.0, -0.03, 0.0), 0.3, 4 * _SIZE)
            ids, _ = rasterize(source, model.triangles[drawn], view)
            seen[drawn[np.unique(ids[ids >= 0])]] = True
        # The rim of a slit stands behind the eyeball in every face; it is no sign of poking.
        rim = np.zeros(len(source), bool)
        rim[model.triangles[skin[~seen[skin]]]] = True
        self._outer = seen[skin] & ~rim[self._skin].any(1)
        self._inner = [
            model.triangles[np.isin(part, parts_named(model, *names))] for names in _INNER.values()
        ]
        basis = np.asarray(model.expression_basis, np.float64)
        own = self._areas(source, basis)
        rest = self._areas(sculpt, np.zeros_like(basis[:1]), np.zeros((1, 1)))
        self._allowed = np.maximum(own[0], rest[0]), np.maximum(own[1], rest[1])

    def measure(self, rig: Rig) -> dict[str, float]:
        """Excess over max(source in the pose, sculpt at rest), largest over the poses.

        Returns
        -------
        eyeball_poke_mm2, teeth_poke_mm2
            Visible area, square millimetres, summed over the three views.
        eyeball_poke_mm, teeth_poke_mm
            Depth by which the part stands in front of the skin, millimetres.
        """
        area, depth = self._areas(rig.vertices, rig.deltas)
        area = np.maximum(area - self._allowed[0], 0.0).max(0)
        depth = np.maximum(depth - self._allowed[1], 0.0).max(0)
        result: dict[str, float] = {}
        for index, name in enumerate(_INNER):
            result[f"{name}_poke_mm2"] = 1e6 * float(area[index])
            result[f"{name}_poke_mm"] = 1e3 * float(depth[index])
        return result

    def _areas(
        self,
        neutral: NDArray[np.floating],
        deltas: NDArray[np.floating],
        poses: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(P, 2) areas in m² and (P, 2) depths in m for eyeballs and for teeth."""
        poses = self._poses if poses is None else poses
        flat = np.asarray(deltas, np.float64).reshape(len(deltas), -1)
        area = np.zeros((len(poses), 2))
        depth = np.zeros((len(poses), 2))
        for row, pose in enumerate(poses):
            vertices = np.asarray(neutral, np.float64) + (pose @ flat).reshape(-1, 3)
            for yaw in YAWS:
                self._look(vertices, yaw, area[row], depth[row])
        return area, depth

    def _look(
        self,
        vertices: NDArray[np.float64],
        yaw: float,
        area: NDArray[np.float64],
        depth: NDArray[np.float64],
    ) -> None:
        """Add one view to the (2,) areas, and raise the (2,) depths to its deepest pixel."""
        inner = [np.unique(triangles) for triangles in self._inner]
        points = vertices[np.concatenate(inner)]
        if not len(points):
            return
        center = (points.max(0) + points.min(0)) / 2
        width = 1.3 * float((points.max(0) - points.min(0))[:2].max())
        view = OrthographicView(yaw, 0.0, (center[0], center[1], center[2]), width, _SIZE)
        ids, skin = rasterize(vertices, self._skin, view)
        facing = triangle_normals(vertices, self._skin) @ view.axes[2] > 0.0
        outer = (ids >= 0) & (self._outer & facing)[ids]
        surfaces = [rasterize(vertices, triangles, view)[1] for triangles in self._inner]
        nearest = np.maximum(*surfaces)
        for index, surface in enumerate(surfaces):
            ahead = np.full(surface.shape, -np.inf)
            np.subtract(surface, skin, out=ahead, where=outer)
            poked = (ahead > 0.0) & (ahead < _DEPTH) & (surface == nearest)
            area[index] += poked.sum() * view.pixel_area
            if poked.any():
                depth[index] = max(depth[index], float(ahead[poked].max()))
