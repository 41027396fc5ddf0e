# SPDX-License-Identifier: GPL-3.0-or-later
"""ICT-FaceKit's expression files under ARKit's names, with eyes that turn and a blink that closes."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

from ...mesh.similarity import sphere_centre
from ...mesh.topology import rings_around
from ...rig.expressions import ARKIT_NAMES
from ..skinning import rotation_matrices
from .folder import IctFolder
from .topology import RIDING, SCLERA_OF, SOCKET_OF, part_range

Array = NDArray[np.float64]

_GAZE = {"Down": (25.0, 0.0), "Up": (-15.0, 0.0), "Left": (0.0, 25.0), "Right": (0.0, -25.0)}
"""Degrees about x and y. The upper lid shows how far the eye turns: in eyeLookDown it slides 26° along the
eyeball, in eyeLookUp 12°."""
_OVERLAP = 0.0012
"""How far the upper lid passes the lower one in a full blink of the mean head, metres."""
_LID_RINGS = (1, 4)
"""Rings from the eye socket's rim outwards that make the edges of the lids."""
_WIDTH = 0.0015
_FALL = 0.0005


def expression_files(name: str, folder: IctFolder) -> tuple[str, ...]:
    """Files whose sum is the ARKit expression ``name``; none where the folder does not have it."""
    stem = name.removesuffix("Left").removesuffix("Right")
    sided = f"{stem}_{name[len(stem)]}" if stem != name else ""
    for files in ((name,), (sided,), (f"{name}_L", f"{name}_R")):
        if all(file and folder.has(file) for file in files):
            return files
    return ()


def read_expressions(folder: IctFolder, neutral: Array) -> tuple[tuple[str, ...], Array]:
    """Names in ARKit's order and offsets (E, N, 3) in centimetres; all but tongueOut are there.

    Raises
    ------
    UserError
        When a file that the published folder has is missing.
    """
    names, offsets = [], []
    for name in ARKIT_NAMES:
        files = expression_files(name, folder)
        if not files and name != "tongueOut":
            files = (name,)  # reading it tells which file is missing
        if files:
            names.append(name)
            offsets.append(np.sum([folder.offsets(file, neutral) for file in files], axis=0))
    return tuple(names), np.stack(offsets)


def eye_centre(template: Array, side: str) -> Array:
    """Centre (3,) of the sphere that fits the white of an eye best."""
    return sphere_centre(template[slice(*SCLERA_OF[side])])


def turn_eyes(names: tuple[str, ...], offsets: Array, template: Array, centres: dict[str, Array]) -> None:
    """Turn the eyeballs in eyeLook…, in place; the published files move the lids only."""
    for side, part in (("left", "eye_l"), ("right", "eye_r")):
        rows = slice(*part_range(part))
        outward = {"left": ("Left", "Right"), "right": ("Right", "Left")}[side]
        for where in ("Up", "Down", "Out", "In"):
            gaze = {"Out": outward[0], "In": outward[1]}.get(where, where)
            turn = rotation_matrices(np.radians([*_GAZE[gaze], 0.0]))
            index = names.index(f"eyeLook{where}{side.capitalize()}")
            offsets[index, rows] = (template[rows] - centres[side]) @ (turn - np.eye(3)).T


def lid_rings(adjacency: sparse.csr_matrix, face: NDArray[np.bool_], side: str, count: int) -> NDArray[np.int64]:
    """(N,) edges from the rim of one eye socket over the face, -1 elsewhere; 42 vertices a ring at the lids."""
    inside = np.zeros(len(face), dtype=bool)
    inside[slice(*SOCKET_OF[side])] = True
    rim = np.flatnonzero(face & (adjacency @ inside.astype(float) > 0))
    return rings_around(rim, adjacency, face, count)


def close_lids(blink: Array, template: Array, ring: NDArray[np.int64]) -> Array:
    """A blink (N, 3) of one eye whose upper lid comes down far enough everywhere, metres.

    The published blink leaves up to 1 mm open towards the nose. Per place along the lids, what
    is missing is added to the upper lid, in proportion to how far each vertex of it falls.

    Parameters
    ----------
    template
        (N, 3) metres.
    ring
        (N,) edges from the rim of this eye's socket; see `lid_rings`.
    """
    posed = template + blink
    upper, lower = np.zeros((2, len(template)), dtype=bool)
    for number in range(_LID_RINGS[0], _LID_RINGS[1] + 1):
        rows = np.flatnonzero(ring == number)
        ends = rows[[template[rows, 0].argmin(), template[rows, 0].argmax()]]
        above = template[rows, 1] > np.interp(template[rows, 0], template[ends, 0], template[ends, 1])
        upper[rows[above]], lower[rows[~above]] = True, True
        upper[ends], lower[ends] = True, True
    edge = ring == _LID_RINGS[0] + 1
    place = np.linspace(posed[edge, 0].min(), posed[edge, 0].max(), 200)
    gap = _opening(posed, place, ring, upper, lower)
    rest = _opening(template, place, ring, upper, lower)
    missing = np.maximum(gap + np.minimum(_OVERLAP, np.maximum(rest, 0) / 3), 0)
    missing = _at_least_smooth(missing, place)
    rows = np.flatnonzero(edge & upper)
    rows = rows[np.argsort(posed[rows, 0])]
    fall = np.maximum(np.interp(place, posed[rows, 0], -blink[rows, 1]), _FALL)
    share = np.clip(-blink[:, 1] / np.interp(posed[:, 0], place, fall), 0, 1)
    lid = (ring >= 0) & ~(lower & ~upper)
    extra = np.where(lid, share * np.interp(posed[:, 0], place, missing), 0.0)
    closed = blink.copy()
    closed[:, 1] -= extra
    _take_along(closed, extra, template, np.flatnonzero(upper | lower))
    return closed


def _opening(
    points: Array, place: Array, ring: NDArray[np.int64], upper: NDArray[np.bool_], lower: NDArray[np.bool_]
) -> Array:
    """Height between the lowest edge of the upper lid and the highest of the lower one, at each place along x."""

    def heights(lid: NDArray[np.bool_]) -> Array:
        curves = []
        for number in range(_LID_RINGS[0], _LID_RINGS[1] + 1):
            rows = np.flatnonzero(lid & (ring == number))
            rows = rows[np.argsort(points[rows, 0])]
            curves.append(np.interp(place, points[rows, 0], points[rows, 1]))
        return np.stack(curves)

    return heights(upper).min(0) - heights(lower).max(0)


def _at_least_smooth(values: Array, place: Array) -> Array:
    """The values smoothed along ``place`` after each took the largest nearby: nowhere less than before."""
    step = place[1] - place[0]
    reach = int(np.ceil(_WIDTH / step))
    padded = np.pad(values, reach, mode="edge")
    largest = np.max([padded[k : k + len(values)] for k in range(2 * reach + 1)], axis=0)
    window = np.hanning(2 * reach + 3)[1:-1]
    return np.convolve(np.pad(largest, reach, mode="edge"), window / window.sum(), mode="valid")


def _take_along(closed: Array, extra: Array, template: Array, lids: NDArray[np.integer]) -> None:
    """Lower lashes and tear lines as far as the edge of the lid next to them, in place."""
    riding = np.concatenate([np.arange(*part_range(name)) for name in RIDING])
    same_side = template[riding, 0] * template[lids[0], 0] > 0
    rows = riding[same_side]
    closed[rows, 1] -= extra[lids][KDTree(template[lids]).query(template[rows])[1]]
