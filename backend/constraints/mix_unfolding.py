# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps triangles the right way round when several expressions act at once."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..mesh.areas import triangle_areas
from ..mesh.facing import pressed
from ..mesh.gradients import triangle_frames
from .contact_pairs import closing_pairs
from .correction import BLINKS, ContactCorrection
from .lips import SEALS
from .plausible_mixes import plausible_mixes
from .triangles_in_mixes import widen

Array = NDArray[np.float64]

_MIXES = 1000
_SUSPECT = 0.8  # of a triangle's area; if the keys that press it most take less, no mix turns it over
_SLIVER = 1e-2  # of the mean area; thinner triangles have no side to speak of
_FLAT = 1e-4  # of the source's mean area; thinner ones have no deformation gradient
_LININGS = ("mouth_cavity", "eye_cavity")
_FAINT = 0.1  # freedom; where an expression moves less, it is left as it is
_SEALING = frozenset(name for group in SEALS for name in group)


class MixUnfolding:
    """Moves expressions and correctives so that plausible mixes of them turn no skin inside out.

    Each expression by itself is free of flipped triangles (see `unfold`), and so may be what each adds
    to a mix; but five that press the same small triangle at a corner of the lips or eyes turn it over
    together. `widen` shares what such a triangle lacks among all keys that take part.

    Parameters
    ----------
    contact
        The contact of the model's single expressions.
    """

    def __init__(self, contact: ContactCorrection) -> None:
        self._contact, sliders = contact, contact.head.expressions.base_sliders
        surface, movable = contact.surface, contact.freedom > _FAINT
        lining = np.isin(surface.vertex_part, _LININGS)[surface.triangles].all(axis=1)
        rows = movable.any(axis=0)[surface.triangles].any(axis=1) & ~lining
        # Expressions on top of others become whole poses, which what is below them cannot change.
        self._whole = np.eye(len(contact.names)) + sliders
        self._parts = np.linalg.inv(self._whole)
        own = np.tensordot(self._whole, contact.deltas, axes=1)
        self._vertices, corners = np.unique(surface.triangles[rows], return_inverse=True)
        self._triangles = corners.reshape(-1, 3).astype(np.int64)
        self._own = np.ascontiguousarray(own[:, self._vertices].transpose(1, 0, 2))
        ready = movable & ~np.array([_touching(contact, index) for index in range(len(contact.names))])
        self._ready = np.ascontiguousarray(ready[:, self._vertices].T).astype(np.float64)
        self._movable = movable
        self._sliders = plausible_mixes(contact.names, sliders, _MIXES)

    def __call__(
        self, source: Array, target: Array, offsets: Array, correctives: Mapping[tuple[str, ...], Array]
    ) -> tuple[Array, dict[tuple[str, ...], Array]]:
        """Expressions (E, N, 3) and correctives (N, 3) of one face that can be mixed, metres.

        Parameters
        ----------
        source, target
            (N, 3) source face and styled face at rest, metres.
        offsets
            (E, N, 3) expressions of the styled face, metres.
        correctives
            (N, 3) offsets in metres by the names of the sliders whose product drives them.
        """
        names, vertices = self._contact.names, self._vertices
        members = [[names.index(name) for name in inputs] for inputs in correctives]
        keys, count = [*offsets, *correctives.values()], len(offsets)
        before = np.stack([key[vertices] for key in keys], axis=1)
        before[:, :count] = self._whole @ before[:, :count]
        after, rest, own = before.copy(), target[vertices], source[vertices]
        triangles = self._suspects(rest, own, before)
        if not len(triangles):
            return offsets, dict(correctives)
        ready = [self._ready, *(self._ready[:, rows].max(axis=1) for rows in members)]
        values = [self._sliders @ self._parts, *(self._sliders[:, rows].prod(axis=1) for rows in members)]
        frames, styled = (triangle_frames(face, triangles) for face in (own, rest))
        local = np.linalg.solve(frames, styled[..., :2])
        widen(triangles, local, rest, own, after, self._own, np.column_stack(ready), np.column_stack(values))
        moves = after - before
        moves[:, :count] = (self._parts @ moves[:, :count]) * self._movable[:, vertices].T[..., None]
        change = np.zeros_like(target)
        for index in np.flatnonzero(moves.any(axis=(0, 2))):
            change[vertices] = moves[:, index]
            moved = self._contact.head.loose_parts.with_riding(target + keys[index], change)
            rows = [index] if index < count else members[index - count]
            keys[index] = keys[index] + np.where(self._movable[rows].any(axis=0)[:, None], moved, 0.0)
        return np.stack(keys[:count]), dict(zip(correctives, keys[count:], strict=True))

    def _suspects(self, rest: Array, own: Array, keys: Array) -> NDArray[np.int64]:
        """(T, 3) triangles that a mix of keys (V, K, 3) may turn over."""
        triangles = self._triangles
        chosen = pressed(triangles, rest, keys) > _SUSPECT
        for face, least in ((rest, _SLIVER), (own, _FLAT)):
            areas = triangle_areas(face, triangles)
            chosen &= areas > least * areas.mean()
        return triangles[chosen]


def _touching(contact: ContactCorrection, index: int) -> NDArray[np.bool_]:
    """(N,) vertices of lids or lips that an expression brings into contact, and that have to stay there."""
    result = np.zeros(len(contact.surface.vertices), dtype=bool)
    name, rest = contact.names[index], contact.surface.vertices
    if name in BLINKS:
        for around in contact.around_eyes:
            pairs = closing_pairs(rest, rest + contact.deltas[index], around)
            result[pairs.first] = result[pairs.second] = True
        # People's lids meet a little beside the template's.
        triangles = contact.surface.triangles
        result[triangles[result[triangles].any(axis=1)]] = True
    elif name in _SEALING:
        result[contact.lips] = True
    return result
