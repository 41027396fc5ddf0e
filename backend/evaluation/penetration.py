# SPDX-License-Identifier: GPL-3.0-or-later
"""Penetration: triangles that run through each other although neither source nor sculpt do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig
from backend.rig.parts import RIDING

from .contact_pairs import expression
from .eye_closure import EYES, in_parts
from .playback import played

KINDS = ("lids", "lips", "elsewhere", "eyeball_through_lid", "teeth_through_lips")


@dataclass(frozen=True, eq=False)
class IntersectionCounter:
    """Counts intersecting triangle pairs of a surface by kind, with exact predicates.

    The test is libigl's (an AABB tree and Shewchuk's exact orientation predicates); triangles
    that share a vertex count only when they cross elsewhere. Pairs are sorted into `KINDS`:

    - lids, lips, elsewhere: skin through skin, by where the first triangle lies;
    - eyeball_through_lid: eyeball through the outer skin (not the hidden lining behind it);
    - teeth_through_lips: teeth or tongue through the outer skin; a tongue that is put out passes
      between lips that other sliders may close, on every face, and is not counted.

    Eyelashes, which are rooted in the lids, and inner parts through each other or through the
    hidden linings of eye and mouth are left out: they cross in every source face, unseen.
    """

    triangles: NDArray[np.int64]
    kind_of: NDArray[np.int8]
    tongue_slider: int | None = None

    @classmethod
    def of(cls, model: MorphableModel) -> "IntersectionCounter":
        """A counter for the model's topology."""
        triangles = np.asarray(model.triangles, np.int64)
        kind = np.full(len(triangles), _SKIN_ELSEWHERE, np.int8)
        kind[_moved_by(model, triangles, LIP_SLIDERS) | in_parts(model, "mouth_cavity")] = _SKIN_LIPS
        lids = _moved_by(model, triangles, _LID_SLIDERS) & ~in_parts(model, "mouth_cavity")
        kind[lids | in_parts(model, "eye_cavity")] = _SKIN_LIDS
        kind[in_parts(model, *EYES)] = _EYE
        kind[in_parts(model, "teeth_upper", "teeth_lower")] = _TEETH
        kind[in_parts(model, "tongue")] = _TONGUE
        kind[in_parts(model, "mouth_cavity", "eye_cavity")] += _HIDDEN
        drawn = ~in_parts(model, *RIDING)
        names = list(model.expression_names)
        tongue = names.index("tongueOut") if "tongueOut" in names else None
        return cls(np.ascontiguousarray(triangles[drawn]), kind[drawn], tongue)

    def tongue_out(self, poses: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(P,) in which poses (P, E) the tongue is put out."""
        if self.tongue_slider is None:
            return np.zeros(len(poses), bool)
        return poses[:, self.tongue_slider] > 0.0

    def count(self, vertices: NDArray[np.floating], *, tongue_out: bool = False) -> NDArray[np.int64]:
        """(5,) number of intersecting pairs of each of `KINDS`."""
        return self._sorted(*self.pairs(vertices), tongue_out)

    def pairs(
        self, vertices: NDArray[np.floating], among: NDArray[np.intp] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Two index arrays into ``triangles``, one row per intersecting pair.

        ``among`` restricts the test to some rows of ``triangles``.
        """
        import igl.predicates

        points = np.ascontiguousarray(vertices, np.float64)
        rows = np.arange(len(self.triangles)) if among is None else among
        _, found, _ = igl.predicates.find_self_intersections(points, self.triangles[rows])
        found = np.asarray(found, np.int64).reshape(-1, 2)
        return rows[found[:, 0]], rows[found[:, 1]]

    def count_moved(
        self,
        vertices: NDArray[np.floating],
        rest: tuple[NDArray[np.int64], NDArray[np.int64]],
        moved: NDArray[np.bool_],
        *,
        tongue_out: bool = False,
    ) -> NDArray[np.int64]:
        """`count` of a pose, given the pairs of the neutral face and which vertices moved (N,).

        Triangles that did not move intersect as before; the others are tested against what
        lies in their bounding box. Same result, several times sooner for local motions.
        """
        still = np.asarray(~moved[self.triangles].any(1))
        if still.all():
            return self._sorted(*rest, tongue_out)
        corners = np.asarray(vertices, np.float64)[self.triangles]
        low, high = corners.min(1), corners.max(1)
        box = low[~still].min(0), high[~still].max(0)
        near = np.flatnonzero(((low <= box[1]) & (high >= box[0])).all(1))
        first, second = self.pairs(vertices, near)
        new = ~(still[first] & still[second])
        old = still[rest[0]] & still[rest[1]]
        first = np.concatenate([first[new], rest[0][old]])
        second = np.concatenate([second[new], rest[1][old]])
        return self._sorted(first, second, tongue_out)

    def _sorted(self, first: NDArray[np.int64], second: NDArray[np.int64], tongue_out: bool) -> NDArray[np.int64]:
        a, b = self.kind_of[first], self.kind_of[second]
        low, high = np.minimum(a, b), np.maximum(a, b)
        skin_a, skin_b = a % _HIDDEN, b % _HIDDEN
        both_skin = (skin_a < _EYE) & (skin_b < _EYE)
        region = np.minimum(skin_a, skin_b)
        outer = low < _EYE
        masks = (
            both_skin & (region == _SKIN_LIDS),
            both_skin & (region == _SKIN_LIPS),
            both_skin & (region == _SKIN_ELSEWHERE),
            outer & (high == _EYE),
            outer & ((high == _TEETH) | ((high == _TONGUE) & (not tongue_out))),
        )
        return np.array([mask.sum() for mask in masks], np.int64)


_SKIN_LIDS, _SKIN_LIPS, _SKIN_ELSEWHERE, _EYE, _TEETH, _TONGUE, _HIDDEN = 0, 1, 2, 3, 4, 5, 8
_LID_SLIDERS = ("eyeBlinkLeft", "eyeBlinkRight")
LIP_SLIDERS = ("mouthRollUpper", "mouthRollLower", "mouthPucker", "mouthFunnel")
_MOVES = 0.001


def _moved_by(model: MorphableModel, triangles: NDArray[np.int64], sliders: tuple[str, ...]) -> NDArray[np.bool_]:
    """(M,) triangles with a vertex that one of the sliders moves by more than 1 mm."""
    moved = np.zeros(len(model.template), bool)
    for slider in sliders:
        moved |= np.linalg.norm(expression(model, {slider: 1.0}), axis=1) > _MOVES
    return np.asarray(moved[triangles].any(1))


def intersections(
    counter: IntersectionCounter,
    neutral: NDArray[np.floating],
    deltas: NDArray[np.floating],
    poses: NDArray[np.float64],
) -> NDArray[np.int64]:
    """(P, 5) counts in each pose (P, K) of a face (N, 3) with K keys (K, N, 3), expressions first."""
    neutral = np.asarray(neutral, np.float64)
    deltas = np.asarray(deltas, np.float64)
    rest = counter.pairs(neutral)
    counts = []
    for pose, tongue_out in zip(poses, counter.tongue_out(poses), strict=True):
        used = np.flatnonzero(pose)
        motion = np.tensordot(pose[used], deltas[used], axes=1)
        moved = np.asarray((motion != 0.0).any(1))
        counts.append(counter.count_moved(neutral + motion, rest, moved, tongue_out=bool(tongue_out)))
    return np.stack(counts)


def penetration(
    counter: IntersectionCounter, rig: Rig, poses: NDArray[np.float64], allowed: NDArray[np.int64]
) -> dict[str, float]:
    """New intersecting triangle pairs of a rig, mean number per pose.

    For every pose p and kind k: excess = max(0, count − max(source(p, k), sculpt(k))). A rig's
    correctives act in the poses that drive them.

    Parameters
    ----------
    poses
        (P, E) slider values, see `poses.penetration_poses`.
    allowed
        (P, 5) what source and sculpt have already, see `allowed_intersections`.

    Returns
    -------
    penetration
        Mean over poses of the excess summed over kinds.
    penetration:KIND
        The same for each of `KINDS`.
    penetration_worst
        Largest excess of a single pose.
    """
    excess = np.maximum(intersections(counter, rig.vertices, *played(rig, poses)) - allowed, 0)
    result = {"penetration": float(excess.sum(1).mean())}
    result.update({f"penetration:{k}": float(excess[:, i].mean()) for i, k in enumerate(KINDS)})
    result["penetration_worst"] = float(excess.sum(1).max())
    return result


def allowed_intersections(
    model: MorphableModel,
    counter: IntersectionCounter,
    source: NDArray[np.float64],
    sculpt: NDArray[np.float64],
    poses: NDArray[np.float64],
) -> NDArray[np.int64]:
    """(P, 5) max of what the source face (N, 3) has in each pose and the sculpt has at rest."""
    own = intersections(counter, source, model.expression_basis, poses)
    at_rest, tongue_out = counter.count(sculpt), counter.count(sculpt, tongue_out=True)
    return np.maximum(own, np.where(counter.tongue_out(poses)[:, None], tongue_out, at_rest))
