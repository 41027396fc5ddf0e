# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips that are one surface stay one: what would tear them apart is shared out over the skin around them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from ..mesh.topology import unique_edges
from ..morphable_model import MorphableModel
from ..rig import Rig
from .binding import Binding
from .mouth_line import MouthLine

Array = NDArray[np.float64]

_TORN = 0.5  # of its length by which jawOpen stretches an edge
_NEAR, _FAR = 0.35, 1.1  # mouth widths from the line: edges that tear, and skin that gives way
_HOLD = 1e9  # how much a torn-off vertex wants to go where it must
_HOME = 1e5  # how much skin that is that far off would rather stay
_LEAST = 1e-3
_BLUR = 0.1  # of half the mouth's width


def sealed(model: MorphableModel, binding: Binding, rig: Rig) -> Rig:
    """The rig of a fused mouth whose keys leave its lips together.

    The ends of all edges that jawOpen would tear between the lips go where the two lips go on average, at their
    place along the mouth. The rest of the skin follows with the least bent corrections c: they minimise |Δc|², in
    mouth widths, with a pull to 0 that grows with the distance from the mouth. A key that does not part the lips
    stays nearly as it is.
    """
    line = MouthLine.of(model, binding.registered)
    if line is None or "jawOpen" not in rig.names:
        return rig
    along, height, away = line(binding.placed)
    edges = unique_edges(binding.mesh.polygons).astype(np.int64)
    edges = edges[(away[edges] < _FAR * line.width).all(1)]
    rows, local = np.unique(edges, return_inverse=True)
    pairs, far = local.reshape(-1, 2), away[rows] / line.width
    jaw, placed = rig.deltas[rig.names.index("jawOpen")][rows].astype(np.float64), binding.placed[rows]
    length = np.maximum(np.linalg.norm(placed[pairs[:, 0]] - placed[pairs[:, 1]], axis=1), 1e-9)
    parted = np.linalg.norm(jaw[pairs[:, 0]] - jaw[pairs[:, 1]], axis=1)
    torn = (parted > _TORN * length) & (far[pairs] < _NEAR).all(1)
    held = np.unique(pairs[torn])
    above = height[rows[held]] > 0
    if not 0 < above.sum() < len(held):
        return rig
    mean = _mean_of_both(along[rows[held]], above)
    correction = sparse.csr_matrix((np.ones(len(held)), (np.arange(len(held)), held)), (len(held), len(rows)))
    wanted = mean @ correction - correction
    # What bends at a tear is cut, and held where it must be; all other skin is to bend little.
    whole = csgraph.laplacian(_symmetric(pairs[~torn], length.mean() / length[~torn], len(rows))).tocsr()
    bends = whole[np.setdiff1d(np.arange(len(rows)), held)] * (line.width / length.mean()) ** 2
    pull = _HOME * (far / _FAR) ** 4 + _LEAST
    pull[held] += _HOLD
    solve = splu((bends.T @ bends + sparse.diags(pull)).tocsc()).solve

    def mended(deltas: NDArray[np.float32]) -> NDArray[np.float32]:
        result = deltas.copy()
        result[rows] += solve(_HOLD * (correction.T @ (wanted @ deltas[rows].astype(np.float64)))).astype(np.float32)
        return result

    return replace(
        rig,
        deltas=np.stack([mended(delta) for delta in rig.deltas]),
        correctives=tuple(replace(key, deltas=mended(key.deltas)) for key in rig.correctives),
    )


def _mean_of_both(along: Array, above: NDArray[np.bool_]) -> Array:
    """(n, n) matrix to the mean of the upper and the lower lip's values at each vertex's place along the mouth."""
    kernel = np.exp(-0.5 * ((along[:, None] - along) / _BLUR) ** 2)
    halves = [kernel * side for side in (above, ~above)]
    return 0.5 * sum(half / np.maximum(half.sum(1, keepdims=True), 1e-12) for half in halves)


def _symmetric(pairs: NDArray[np.integer], values: Array, count: int) -> sparse.csr_matrix:
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return sparse.csr_matrix((np.tile(values, 2), both.T), (count, count))
