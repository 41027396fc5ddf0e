# SPDX-License-Identifier: GPL-3.0-or-later
"""What closing eyelids must do on another face: meet as on the source, and stay off the eyeball."""

import numpy as np
from numpy.typing import NDArray

from .contact_pairs import ContactPairs
from .eye_guard import EyeGuard
from .rows import ContactRows

Array = NDArray[np.float64]

_TINY = 1e-9
# How easily each condition gives way. Along the lid line lids may slide: a sculptor may have made one longer.
_OPENING, _DEPTH, _ALONG = 0.002, 0.3, 0.5
_COVERING = 0.5


def meeting_rows(
    pairs: ContactPairs, turn: Array, source: Array, neutral: Array, posed: Array, eye: Array
) -> ContactRows:
    """Conditions that lids which meet on the source meet on the styled face.

    Lids meet with the source's offset in millimetres, or in proportion to how far the eye opens there: a
    sculptor's larger eye may have thicker lids. Along the direction in which the eye opens everything in
    between is right, for every pair; the nearest pairs also keep their depth. Along the lid line lids may
    slide, since a sculptor may have made one of them longer.

    Parameters
    ----------
    pairs
        K pairs with their offsets in the source's pose.
    turn
        (3, 3) rotation from the source's lids to the styled ones.
    source
        (N, 3) source face at rest, metres.
    neutral, posed
        (N, 3) styled face at rest and in the pose, metres.
    eye
        (3,) centre of the styled eyeball, metres.
    """
    first, second = pairs.first, pairs.second
    opened, source_opened = neutral[first] - neutral[second], source[first] - source[second]
    opening = _unit(opened)
    scale = np.linalg.norm(opened, axis=1) / np.maximum(np.linalg.norm(source_opened, axis=1), _TINY)
    kept, turned = _dot(pairs.offsets, opening), _dot(pairs.offsets, _unit(source_opened))
    right = np.stack([kept, turned, scale * kept, scale * turned])
    gap = _dot(posed[first] - posed[second], opening)
    nearest = pairs.nearest()
    rows = [
        ContactRows.between(first, second, opening, right.min(axis=0) - gap, True, _OPENING),
        ContactRows.between(first, second, -opening, gap - right.max(axis=0), True, _OPENING),
    ]
    first, second, opening = first[nearest], second[nearest], opening[nearest]
    outwards = 0.5 * (neutral[first] + neutral[second]) - eye
    depth = _unit(outwards - _dot(outwards, opening)[:, None] * opening)
    missing = pairs.offsets[nearest] @ turn.T - (posed[first] - posed[second])
    for direction, softness in ((depth, _DEPTH), (np.cross(opening, depth), _ALONG)):
        rows.append(ContactRows.between(first, second, direction, _dot(missing, direction), False, softness))
    return ContactRows.joined(rows)


def covering_rows(guard: EyeGuard, posed: Array, enough: Array) -> ContactRows:
    """Conditions that skin sliding over an eyeball stays outside it, in a pose (N, 3) of the styled face, metres.

    ``enough`` (G,) is how far out each guarded point should be, see `EyeGuard.distances`.
    """
    moves, directions = guard.ways_out(posed, enough)
    return ContactRows.halfway(guard.ends, directions, _dot(moves, directions), _COVERING)


def _dot(first: Array, second: Array) -> Array:
    return np.einsum("kx,kx->k", first, second)


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1), _TINY)[:, None]
