# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth motion: no jerks along animated paths, no skin turned inside out."""

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel
from backend.rig import Rig

from .playback import played
from .style_carried import sculptable_triangles, sculptable_vertices
from .triangle_geometry import triangle_areas, triangle_bases, triangle_edges

_FRAMES = 25
_SLIVER = 1e-2


def slider_paths(poses: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
    """(P, F, E) slider values over time: each pose (P, E) eased in from and out to neutral.

    Value of slider e at frame f of F is pose_e · sin²(π f / (F − 1) + φ_e) with |φ_e| ≤ π/8 at
    random: smooth, and different sliders peak at different times, so that vertices travel
    along curves and what is rough in them comes from the rig.
    """
    lag = np.random.default_rng(seed).uniform(-np.pi / 8, np.pi / 8, poses.shape[1])
    phase = np.pi * np.arange(_FRAMES)[:, None] / (_FRAMES - 1) + lag
    return poses[:, None, :] * np.sin(phase) ** 2


def smooth_motion(
    model: MorphableModel, source: NDArray[np.float64], rig: Rig, poses: NDArray[np.float64]
) -> dict[str, float]:
    """Roughness of vertex paths against the source's, and triangles that flip.

    Along each path of `slider_paths`, a_f = x_{f+1} − 2 x_f + x_{f−1} is the second difference
    of a vertex. Per path, the roughness is the 95th percentile over sculptable vertices of
    max_f |a_f|; the ratio divides the mean roughness over paths by the source model's.

    A triangle of the outer skin is flipped in a pose when its normal points against the one
    that the source's own deformation gives it and also against its own at neutral: with F the
    source triangle's deformation gradient from neutral to the pose and e₁, e₂ the edges of the
    styled neutral triangle, when (F e₁ × F e₂) · (e'₁ × e'₂) < 0 and (e₁ × e₂) · (e'₁ × e'₂) < 0.
    (The source itself turns triangles of lip corners over; one that does not follow is no
    damage.) Triangles thinner than 1 % of the mean area are left out.

    Parameters
    ----------
    source
        (N, 3) neutral source face that the rig was made for.
    poses
        (P, E) slider values.

    Returns
    -------
    roughness_ratio
        ÷ the source's.
    flipped
        Flipped triangles summed over the poses.
    flipped_extrapolated
        The same with every slider value times 1.5.
    """
    basis = np.asarray(model.expression_basis, np.float64)
    deltas = np.asarray(rig.deltas, np.float64)
    vertices = sculptable_vertices(model)
    paths = slider_paths(poses)
    own = np.mean([_roughness(path, deltas[:, vertices]) for path in paths])
    reference = np.mean([_roughness(path, basis[:, vertices]) for path in paths])
    counter = _FlipCounter(model, source, rig)
    flips = [counter.count(gain * poses) for gain in (1.0, 1.5)]
    return {
        "roughness_ratio": float(own / max(float(reference), 1e-30)),
        "flipped": float(flips[0]),
        "flipped_extrapolated": float(flips[1]),
    }


def _roughness(path: NDArray[np.float64], deltas: NDArray[np.float64]) -> float:
    used = np.abs(path).max(0) > 0
    if not used.any():
        return 0.0
    # Vertices are linear in the sliders, so the paths' differences are those of the sliders.
    sliders = (path[2:] - 2 * path[1:-1] + path[:-2])[:, used]
    second = np.tensordot(sliders, deltas[used], axes=1)
    return float(np.percentile(np.sqrt((second**2).sum(-1).max(0)), 95))


class _FlipCounter:
    """Counts flipped triangles of a rig in poses; see `smooth_motion`."""

    def __init__(self, model: MorphableModel, source: NDArray[np.float64], rig: Rig) -> None:
        triangles = model.triangles[sculptable_triangles(model)].astype(np.int64)
        areas = triangle_areas(rig.vertices, triangles)
        self._triangles = triangles[areas > _SLIVER * areas.mean()]
        self._basis = np.asarray(model.expression_basis, np.float64)
        self._rig = rig
        moves = (np.abs(self._basis) + np.abs(np.asarray(rig.deltas, np.float64))).max(2) > 0
        self._moves = moves[:, self._triangles].any(2)
        # Styled edges written in each source triangle's basis: the source's motion then acts
        # on them through that basis alone.
        self._edges = np.stack(triangle_edges(rig.vertices, self._triangles), -1)
        self._local = np.linalg.pinv(triangle_bases(source, self._triangles), rcond=1e-6) @ self._edges
        self._source = source

    def count(self, poses: NDArray[np.float64]) -> int:
        """Number of flipped triangles, summed over poses (P, E)."""
        keys, values = played(self._rig, poses)
        used = np.abs(values).max(axis=0) > 0
        styled = np.tensordot(values[:, used], keys[used], axes=1)
        return sum(self._in_pose(pose, motion) for pose, motion in zip(poses, styled, strict=True))

    def _in_pose(self, pose: NDArray[np.float64], styled: NDArray[np.float64]) -> int:
        used = np.flatnonzero(pose)
        rows = np.flatnonzero(self._moves[used].any(0))
        if not len(rows):
            return 0
        triangles = self._triangles[rows]
        motion = np.tensordot(pose[used], self._basis[used], axes=1)
        expected = triangle_bases(self._source + motion, triangles) @ self._local[rows]
        normal = _normals(self._edges[rows] + np.stack(triangle_edges(styled, triangles), -1))
        against_source = (_normals(expected) * normal).sum(-1) < 0
        against_rest = (_normals(self._edges[rows]) * normal).sum(-1) < 0
        return int((against_source & against_rest).sum())


def _normals(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cross(edges[..., 0], edges[..., 1])
