# SPDX-License-Identifier: GPL-3.0-or-later
"""Poke-through: eyeballs seen through lids, teeth or tongue through lips, linings through skin."""

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig
from backend.rig.parts import RIDING

from .eye_closure import in_parts
from .playback import played
from .rasterizer import OrthographicView, rasterize
from .triangle_geometry import triangle_areas, triangle_normals

YAWS = (-30.0, 0.0, 30.0)
OUTER_VIEWS = tuple((yaw, pitch) for yaw in (-60.0, -30.0, 0.0, 30.0, 60.0) for pitch in (-20.0, 20.0))
_SIZE = 224
_DEPTH = 0.02
_TOUCHING = 5e-5
_INNER = {"eyeball": ("eye_l", "eye_r"), "teeth": ("teeth_upper", "teeth_lower", "tongue")}
_LINING = ("mouth_cavity", "eye_cavity")
KINDS = (*_INNER, "lining")


class PokeThrough:
    """Visible poke-through of one pair's rigs, over what source and sculpt show already.

    A pixel shows poke-through when an inner part (eyeball; teeth or tongue) is the nearest
    surface and the nearest skin behind it is outer skin that faces the camera and lies at most
    20 mm deeper: a proper view through the slit of lids or lips has the lining of eye or mouth
    behind it. In the same way the lining of eyes and mouth pokes through where it stands before
    outer skin that faces the camera. Outer skin is what `OUTER_VIEWS` of the neutral source face
    show, inner parts drawn, without the ring of triangles along its edge. Views from the front
    and ±30°, framed on eyes and mouth: one frame for all poses, so that eyes that stand still cover
    the same pixels while a jaw moves. What stands out by less than 0.05 mm touches: facets of
    eyeballs and lids are that far from the round shapes that they stand for. A tongue that is put
    out (tongueOut) is not counted.

    The source's own poke-through is allowed in the size of the styled face: its areas times the
    ratio of the part's surface areas at neutral, its depths times the root of it.

    Parameters
    ----------
    source, sculpt
        (N, 3) the pair, metres.
    poses
        (P, E) slider values.
    """

    def __init__(
        self,
        model: MorphableModel,
        source: NDArray[np.float64],
        sculpt: NDArray[np.float64],
        poses: NDArray[np.float64],
    ) -> None:
        self._poses = poses
        lashes = in_parts(model, *RIDING)
        skin = np.flatnonzero(~lashes & ~in_parts(model, *_INNER["eyeball"], *_INNER["teeth"]))
        self._skin = model.triangles[skin]
        seen = np.zeros(len(model.triangles), bool)
        drawn = np.flatnonzero(~lashes)
        for yaw, pitch in OUTER_VIEWS:
            view = OrthographicView(yaw, pitch, (0.0, -0.03, 0.0), 0.3, 4 * _SIZE)
            ids, _ = rasterize(source, model.triangles[drawn], view)
            seen[drawn[np.unique(ids[ids >= 0])]] = True
        # The rim of a slit stands behind the eyeball in every face; it is no sign of poking.
        rim = np.zeros(len(source), bool)
        rim[model.triangles[skin[~seen[skin]]]] = True
        self._outer = seen[skin] & ~rim[self._skin].any(1)
        self._inner = [model.triangles[in_parts(model, *names)] for names in _INNER.values()]
        self._teeth_alone = model.triangles[in_parts(model, *_INNER["teeth"][:2])]
        self._lining = model.triangles[in_parts(model, *_LINING)]
        self._outer_skin = self._skin[self._outer]
        names = list(model.expression_names)
        self._tongue = names.index("tongueOut") if "tongueOut" in names else None
        self._sizes = self._part_areas(source)
        basis = np.asarray(model.expression_basis, np.float64)
        self._sculpt = np.asarray(sculpt, np.float64)
        self._own = self._areas(source, basis, poses, self._frame(source, basis, poses))

    def measure(self, rig: Rig) -> dict[str, float]:
        """Excess over max(source in the pose, sculpt at rest), largest over the poses.

        Returns
        -------
        eyeball_poke_mm2, teeth_poke_mm2, lining_poke_mm2
            Visible area, square millimetres, summed over the three views.
        eyeball_poke_mm, teeth_poke_mm, lining_poke_mm
            Depth by which the part stands in front of the skin, millimetres.
        """
        excess = self.excess(rig)
        result: dict[str, float] = {}
        for name, area, depth in zip(KINDS, excess[0].max(0), excess[1].max(0), strict=True):
            result |= {f"{name}_poke_mm2": 1e6 * float(area), f"{name}_poke_mm": 1e3 * float(depth)}
        return result

    def excess(self, rig: Rig) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(P, 3) areas in m² and (P, 3) depths in m over what is allowed, a column per kind."""
        keys, values = played(rig, self._poses)
        frame = self._frame(rig.vertices, keys, values)
        area, depth = self._areas(rig.vertices, keys, values, frame)
        rest = self._areas(self._sculpt, keys, np.zeros((1, len(keys))), frame)
        ratio = self._part_areas(rig.vertices) / np.maximum(self._sizes, 1e-12)
        area -= np.maximum(self._own[0] * ratio, rest[0])
        depth -= np.maximum(self._own[1] * np.sqrt(ratio), rest[1])
        return np.maximum(area, 0.0), np.maximum(depth, 0.0)

    def _part_areas(self, vertices: NDArray[np.floating]) -> NDArray[np.float64]:
        """(3,) surface area of eyeballs, of teeth and tongue, and of the linings, m²."""
        kinds = (*self._inner, self._lining)
        return np.array([triangle_areas(vertices, triangles).sum() for triangles in kinds])

    def _frame(
        self, neutral: NDArray[np.floating], deltas: NDArray[np.floating], poses: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(2, 3) corners of the box that holds the inner parts of a face in all poses, metres."""
        used = np.unique(np.concatenate(self._inner))
        start, moves = np.asarray(neutral, np.float64)[used], np.asarray(deltas, np.float64)[:, used]
        posed = start + np.tensordot(poses, moves, axes=1)
        return np.stack([posed.min((0, 1)), posed.max((0, 1))]) if len(used) else np.zeros((2, 3))

    def _areas(
        self,
        neutral: NDArray[np.floating],
        deltas: NDArray[np.floating],
        poses: NDArray[np.float64],
        frame: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(P, 3) areas in m² and (P, 3) depths in m, a column per kind."""
        flat = np.asarray(deltas, np.float64).reshape(len(deltas), -1)
        found = np.zeros((2, len(poses), len(KINDS)))
        for row, pose in enumerate(poses):
            vertices = np.asarray(neutral, np.float64) + (pose @ flat).reshape(-1, 3)
            out = self._tongue is not None and pose[self._tongue] > 0.0
            views = [self._look(vertices, self._view(frame, yaw), out) for yaw in YAWS]
            found[0, row] = sum(area for area, _ in views)
            found[1, row] = np.max([depth for _, depth in views], axis=0)
        return found[0], found[1]

    @staticmethod
    def _view(frame: NDArray[np.float64], yaw: float) -> OrthographicView:
        x, y, z = frame.mean(0)
        return OrthographicView(yaw, 0.0, (x, y, z), 1.2 * float((frame[1] - frame[0])[:2].max()), _SIZE)

    def _look(
        self, vertices: NDArray[np.float64], view: OrthographicView, tongue_out: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3,) areas and (3,) depths in one view."""
        if not sum(map(len, self._inner)):
            return np.zeros(len(KINDS)), np.zeros(len(KINDS))
        ids, skin = rasterize(vertices, self._skin, view)
        facing = triangle_normals(vertices, self._skin) @ view.axes[2] > 0.0
        outer = (ids >= 0) & (self._outer & facing)[ids]
        teeth = self._teeth_alone if tongue_out else self._inner[1]
        eyeball, teeth = (rasterize(vertices, triangles, view)[1] for triangles in (self._inner[0], teeth))
        nearest = np.maximum(eyeball, teeth)
        lining = rasterize(vertices, self._lining, view)[1]
        beneath_ids, beneath = rasterize(vertices, self._outer_skin, view)
        lined = (beneath_ids >= 0) & facing[self._outer][beneath_ids] & (lining >= skin) & (lining > nearest)
        with np.errstate(invalid="ignore"):  # nothing in front of nothing
            ahead = np.stack([eyeball - skin, teeth - skin, lining - beneath])
        poked = np.stack([outer & (eyeball == nearest), outer & (teeth == nearest), lined])
        # Neither touching the skin nor as deep as a fold.
        poked &= (ahead > _TOUCHING) & (ahead < _DEPTH)
        return poked.sum((1, 2)) * view.pixel_area, np.where(poked, ahead, 0.0).max((1, 2))
