# SPDX-License-Identifier: GPL-3.0-or-later
"""What the default head knows about places on a face, carried to another template by its landmarks."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree

from ..mesh.normals import vertex_normals
from ..mesh.similarity import similarity_fit
from .default_head import load_default

Array = NDArray[np.float64]

_ROUNDS = 6
_LOOSE = 1e-6
_ROUNDS = 6
_POINTS = 700
_FACING = 0.02  # m that a normal facing the other way counts
_NEIGHBOURS = 4
_NEAR = 1e-4  # m


@lru_cache(maxsize=2)
def _default_skin() -> tuple[NDArray[np.intp], Array, Array]:
    """Vertices of the default head's skin, their positions (S, 3) and their unit normals (S, 3)."""
    head = load_default()
    rows = np.flatnonzero(head.regions["skin"])
    points = head.template.astype(np.float64)
    return rows, points[rows], vertex_normals(points, head.triangles)[rows]


def warp_default(
    template: Array, triangles: NDArray[np.int32], landmarks: NDArray[np.integer], rows: NDArray[np.integer]
) -> Array:
    """The default head's skin vertices (S, 3) laid over another template, metres.

    A thin-plate spline through the landmarks (Bookstein, "Principal warps", PAMI 1989), then
    rounds in which points spread over the skin are drawn to the nearest place that faces the same
    way, and the spline is fitted again, more loosely at first.

    Parameters
    ----------
    template, triangles
        (N, 3) metres and (M, 3).
    landmarks
        (68,) vertices in iBUG order.
    rows
        Vertices of the template's outer skin.
    """
    head = load_default()
    assert head.landmarks is not None  # noqa: S101 - the default head has them
    _, skin, skin_normals = _default_skin()
    own = head.template[head.landmarks].astype(np.float64)
    distinct = np.sort(np.unique(own, axis=0, return_index=True)[1])
    own, goal = own[distinct], template[landmarks[distinct]]
    spread = _spread(skin, _POINTS)
    tree = KDTree(np.concatenate([template[rows], _FACING * vertex_normals(template, triangles)[rows]], axis=1))
    warped = RBFInterpolator(own, goal, kernel="thin_plate_spline", smoothing=_LOOSE)(skin)
    for number in range(_ROUNDS):
        turned = _normals_after(warped, skin_normals)
        found = tree.query(np.concatenate([warped, _FACING * turned], axis=1)[spread])[1]
        looseness = _LOOSE * 10.0 ** (2 - 2 * number / (_ROUNDS - 1))
        smoothing: Any = np.full(len(own) + len(spread), _LOOSE)  # scipy's stubs say float, its documentation array
        smoothing[len(own) :] = 100 * looseness
        spline = RBFInterpolator(
            np.concatenate([own, skin[spread]]),
            np.concatenate([goal, template[rows][found]]),
            kernel="thin_plate_spline",
            smoothing=smoothing,
        )
        warped = spline(skin)
    return warped


def _normals_after(warped: Array, normals: Array) -> Array:
    """Unit normals of the skin where the warp has taken it."""
    head = load_default()
    rows = _default_skin()[0]
    points = head.template.astype(np.float64)
    points[rows] = warped
    moved = vertex_normals(points, head.triangles)[rows]
    return np.where(np.linalg.norm(moved, axis=1, keepdims=True) > 0.5, moved, normals)


def _spread(points: Array, count: int) -> NDArray[np.intp]:
    """``count`` rows of points (P, 3), each the farthest from those before."""
    chosen = np.zeros(count, dtype=np.intp)
    distance = np.full(len(points), np.inf)
    for place in range(1, count):
        distance = np.minimum(distance, ((points - points[chosen[place - 1]]) ** 2).sum(1))
        chosen[place] = distance.argmax()
    return chosen


def carry_values(values: Array, template: Array, warped: Array, rows: NDArray[np.integer]) -> Array:
    """Values (len(rows), C) on another template of what the default head's vertices (5208, C) have.

    Parameters
    ----------
    template
        (N, 3) metres.
    warped
        The default head's skin laid over it; see `warp_default`.
    rows
        Vertices of the outer skin, for which values are wanted.
    """
    skin = _default_skin()[0]
    distance, found = KDTree(warped).query(template[rows], k=_NEIGHBOURS)
    weights = 1 / (distance + _NEAR)
    weights /= weights.sum(1, keepdims=True)
    return np.einsum("pk,pkc->pc", weights, values[skin][found])


def carry_regions(
    template: Array, warped: Array, rows: NDArray[np.integer], names: tuple[str, ...]
) -> dict[str, NDArray[np.bool_]]:
    """Masks (N,) of the default head's named regions on another template; see `carry_values`."""
    head = load_default()
    shares = carry_values(
        np.stack([head.regions[name] for name in names], axis=1).astype(np.float64), template, warped, rows
    )
    masks = np.zeros((len(names), len(template)), dtype=bool)
    masks[:, rows] = shares.T > 0.5
    return dict(zip(names, masks, strict=True))


def carry_joints(landmark_points: Array, names: tuple[str, ...]) -> Array:
    """Where joints (len(names), 3) of the default head lie in a face with these landmarks (68, 3), metres."""
    head = load_default()
    assert head.landmarks is not None  # noqa: S101 - the default head has them
    assert head.joints is not None  # noqa: S101
    source = head.template[head.landmarks].astype(np.float64)
    joints = head.joints[[head.joint_names.index(name) for name in names]]
    return similarity_fit(source, landmark_points)(joints.astype(np.float64))
