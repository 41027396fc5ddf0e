# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a file that was read back holds the keys that went out (no Blender needed)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray as Array

from ..words import Phrase

TOLERANCE = 2e-5
"""Of the head's height; single precision through three formats stays below."""


@dataclass(frozen=True, eq=False)
class Keys:
    """Vertices (N, 3) and each key's offsets (N, 3), in any vertex order and any unit."""

    vertices: Array[np.floating]
    offsets: Mapping[str, Array[np.floating]]


def differences(out: Keys, back: Keys, most: int = 5) -> list[str]:
    """Sentences about what was lost or changed; empty when the file holds what went out.

    Exporters split vertices at UV seams and reorder them, so vertices are matched by position.
    """
    missing = [name for name in out.offsets if name not in back.offsets]
    found = [_listing("The file lacks {count} keys: {names}.", missing, most)] if missing else []
    added = [name for name in back.offsets if name not in out.offsets]
    if added:
        found.append(_listing("The file has {count} keys that were not there: {names}.", added, most))
    if not len(back.vertices):
        return [*found, "The file holds no vertices."]
    height = float(np.ptp(out.vertices, axis=0).max())
    shared = sorted(set(out.offsets) & set(back.offsets))
    match, distance = _nearest(_signature(out, shared), _signature(back, shared))
    if distance.max() > TOLERANCE * height:
        moved = 1000 * float(distance.max())
        found.append(Phrase("The neutral face moved by up to {distance:.3f} mm.", distance=moved))
        return found
    changed: list[tuple[float, str]] = []
    for name, offset in out.offsets.items():
        if name in back.offsets:
            error = np.abs(back.offsets[name][match] - offset).max()
            if error > TOLERANCE * height:
                changed.append((float(error), name))
    for error, name in sorted(changed, reverse=True)[:most]:
        found.append(Phrase("“{name}” differs by up to {distance:.3f} mm.", name=name, distance=1000 * error))
    return found


def _listing(sentence: str, names: list[str], most: int) -> Phrase:
    return Phrase(sentence, count=len(names), names=", ".join(names[:most]))


def _nearest(points: Array[np.floating], others: Array[np.floating]) -> tuple[Array[np.intp], Array[np.floating]]:
    """For each row of ``points`` the nearest of ``others`` (n, 6) and the distance of their first three columns."""
    order = np.argsort(others[:, 2])
    ordered = others[order]
    reach = 10 * TOLERANCE * max(float(np.ptp(points[:, 2])), 1e-9)
    low = np.searchsorted(ordered[:, 2], points[:, 2] - reach)
    high = np.searchsorted(ordered[:, 2], points[:, 2] + reach)
    nearest = np.zeros(len(points), np.intp)
    for row in np.flatnonzero(high > low):
        window = ordered[low[row] : high[row]] - points[row]
        nearest[row] = order[low[row] + int((window**2).sum(axis=1).argmin())]
    return nearest, np.linalg.norm(others[nearest, :3] - points[:, :3], axis=1)


def _signature(keys: Keys, names: list[str]) -> Array[np.floating]:
    """(N, 6): position and a mixture of the offsets, which tells vertices apart that lie on one spot."""
    mixture = np.zeros_like(keys.vertices)
    for row, name in enumerate(names):
        mixture = mixture + np.cos(1 + row) * keys.offsets[name]
    return np.hstack([keys.vertices, mixture])
