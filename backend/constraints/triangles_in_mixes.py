# SPDX-License-Identifier: GPL-3.0-or-later
"""Widens triangles that sums of keys press flat, by the least changes of all the keys that take part."""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..mesh.facing import dot, fill_area_gradient, fill_normal, source_normal

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FIRST = 400  # mixes in which every triangle is looked at
_PASSES, _ROUNDS = 5, 12
_MARGIN, _SLACK = 0.2, 0.05  # of the wanted area; what is nearly turned over would be so in another mix
_BEYOND = 0.02
_ABLE = 0.15  # of what presses a triangle must be able to give way, and twice that for it to do so wholly
_BLOCK = 256  # mixes whose figures stay in the cache


@kernel
def widen(
    triangles: Indices, local: Array, rest: Array, source: Array, keys: Array, own: Array, ready: Array, values: Array
) -> None:
    """Change keys in place until triangles keep a fifth of the wanted area in every mix, where they can.

    A triangle is as wide as it is seen against its normal at rest, or against the one that the source's
    deformation gradient gives it in this mix, whichever shows more of it: it may follow where the source
    turns it over, and need not. One that is too narrow gets what it lacks along the gradient g of its area,
    from all keys k at once: corner i moves by r λ v g in a key of value v and readiness r, with λ such
    that Σ r λ v² |g|² is what is missing; a triangle that is pressed mostly by what may not move is left.
    Mixes follow one another (Kaczmarz's method), so that keys end up near where they were.

    Parameters
    ----------
    triangles
        (T, 3) rows of the vertices.
    local
        (T, 3, 2) two edges of each triangle of the styled face at rest, in the source's `triangle_frames`.
    rest, source
        (V, 3) styled face and source face at rest, metres.
    keys
        (V, K, 3) offsets of the styled face, metres.
    own
        (V, E, 3) offsets of the source face for the first E of them, metres.
    ready
        (V, K) how readily a vertex moves in a key; at 0 it stays.
    values
        (P, K) the keys' values in each mix.
    """
    # In each pass triangles that are narrow somewhere are looked at in all mixes, and those whose corners have
    # moved in the first; in the rounds between only in mixes in which they were nearly narrow.
    count, mixes = len(triangles), len(values)
    few = min(_FIRST, mixes)
    near, across = np.zeros((count, mixes), np.bool_), np.ascontiguousarray(values.T)
    survey, widths = np.full(count, few), np.ones(count)
    moved, seen = np.zeros(len(rest), np.int64), np.zeros(count, np.int64)
    stamp = 0
    for turn in range(_PASSES):
        begun, rounds = stamp, 0
        for _ in range(_ROUNDS if turn else 1):
            narrow, rounds = 0, rounds + 1
            for row in range(count):
                if survey[row] or widths[row] < _MARGIN or moved[triangles[row]].max() > seen[row]:
                    stamp += 1
                    seen[row] = stamp
                    triangle = triangles[row], local[row]
                    faces = rest, source, keys, own, ready
                    widths[row] = _widened(triangle, faces, (values, across), survey[row], near[row], moved, stamp)
                    survey[row] = 0
                    narrow += widths[row] < _MARGIN
            if narrow == 0:
                break
        if turn and narrow == 0 and rounds == 1:
            return
        for row in range(count):
            if widths[row] < _MARGIN + _SLACK:
                survey[row] = mixes
            elif moved[triangles[row]].max() > begun:
                survey[row] = few


@kernel
def _widened(
    place: tuple[Indices, Array],
    faces: tuple[Array, Array, Array, Array, Array],
    mixes: tuple[Array, Array],
    survey: int,
    near: Flags,
    moved: Indices,
    stamp: int,
) -> float:
    """Widen a triangle in the mixes in which it is narrow; the least share of its area that it was found with.

    ``near`` (P,) says in which mixes to look, and afterwards in which of them it was nearly narrow; the first
    ``survey`` are found here. Vertices that move are stamped in ``moved`` (V,).
    """
    triangle, local = place
    rest, source, keys, own, ready = faces
    values, across = mixes
    posed, at_rest, normal, aim, gradient = (
        np.zeros((3, 3)),
        np.zeros((3, 3)),
        np.empty(3),
        np.empty(3),
        np.empty((3, 3)),
    )
    for corner in range(1, 3):
        at_rest[corner] = rest[triangle[corner]] - rest[triangle[0]]
    side = np.empty(3)
    size = fill_normal(at_rest, side)
    side /= size
    edges, acting = _edges(triangle, keys)
    least = 1.0
    if survey:
        least = _find_near(at_rest, edges, acting, across, survey, side / size, near)
    for mix in np.flatnonzero(near):
        value = values[mix]
        posed[:] = at_rest
        for row in range(len(acting)):
            weight = value[acting[row]]
            if weight != 0.0:
                for axis in range(3):
                    posed[1, axis] += weight * edges[row, axis]
                    posed[2, axis] += weight * edges[row, axis + 3]
        fill_normal(posed, normal)
        share, full = dot(normal, side) / size, size
        aim[:] = side
        if share < _MARGIN + _BEYOND:
            width = source_normal(triangle, local, source, own, acting, value, gradient)
            turned = dot(normal, gradient[0]) / max(width, 1e-18) ** 2
            if turned > share:
                share, full = turned, width
                aim[:] = gradient[0] / width
        near[mix] = share < _MARGIN + _SLACK
        least = min(least, share)
        # What is widened when it has too little gets no more than that: a jump would grow with every round.
        if share >= _MARGIN + _BEYOND:
            continue
        fill_area_gradient(posed, aim, gradient)
        total, able = 0.0, 0.0
        for corner in range(3):
            squared = dot(gradient[corner], gradient[corner])
            for key in acting:
                part = squared * value[key] ** 2
                total += part
                able += part * ready[triangle[corner], key]
        # Where what presses a triangle may not move, the others would have to go far.
        if able <= _ABLE * total:
            continue
        gain = min(1.0, able / (_ABLE * total) - 1.0) * (_MARGIN + _BEYOND - share) * full / able
        for corner in range(3):
            for row in range(len(acting)):
                step = gain * ready[triangle[corner], acting[row]] * value[acting[row]]
                if step != 0.0:
                    moved[triangle[corner]] = stamp
                    for axis in range(3):
                        move = step * gradient[corner, axis]
                        keys[triangle[corner], acting[row], axis] += move
                        if corner != 2:
                            edges[row, axis] += move if corner else -move
                        if corner != 1:
                            edges[row, axis + 3] += move if corner else -move
    return least


@kernel
def _edges(triangle: Indices, keys: Array) -> tuple[Array, Indices]:
    """(A, 6) how two edges of a triangle change in the keys that change any, and (A,) these keys."""
    edges, acting, count = np.empty((keys.shape[1], 6)), np.empty(keys.shape[1], np.int64), 0
    for key in range(keys.shape[1]):
        change = 0.0
        for axis in range(3):
            for edge in range(2):
                move = keys[triangle[edge + 1], key, axis] - keys[triangle[0], key, axis]
                edges[count, axis + 3 * edge] = move
                change += abs(move)
        if change > 0.0:
            acting[count] = key
            count += 1
    return edges[:count], acting[:count]


@kernel
def _find_near(
    at_rest: Array, edges: Array, acting: Indices, across: Array, mixes: int, side: Array, near: Flags
) -> float:
    """Mark the mixes in which a triangle, seen as at rest, is nearly narrow; the least share in all others."""
    least = 1.0
    posed, share = np.empty((6, _BLOCK)), np.empty(_BLOCK)
    for start in range(0, mixes, _BLOCK):
        size = min(_BLOCK, mixes - start)
        for axis in range(3):
            posed[axis], posed[axis + 3] = at_rest[1, axis], at_rest[2, axis]
        for row in range(len(acting)):
            value = across[acting[row], start : start + size]
            for axis in range(6):
                edge, line = edges[row, axis], posed[axis]
                for mix in range(size):
                    line[mix] += value[mix] * edge
        ax, ay, az, bx, by, bz = posed[0], posed[1], posed[2], posed[3], posed[4], posed[5]
        for mix in range(size):
            share[mix] = (
                side[0] * (ay[mix] * bz[mix] - az[mix] * by[mix])
                + side[1] * (az[mix] * bx[mix] - ax[mix] * bz[mix])
                + side[2] * (ax[mix] * by[mix] - ay[mix] * bx[mix])
            )
        for mix in range(size):
            near[start + mix] = share[mix] < _MARGIN + _SLACK
            if not near[start + mix]:
                least = min(least, share[mix])
    return least
