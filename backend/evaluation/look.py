# SPDX-License-Identifier: GPL-3.0-or-later
"""Look: do near relatives of the artist's face look like the sculpt."""

import numpy as np
from numpy.typing import NDArray

from backend.morphable_model import MorphableModel

from .rasterizer import OrthographicView, normal_map

DIRECTIONS = (
    (0.0, 0.0),
    (-25.0, 0.0),
    (25.0, 0.0),
    (-50.0, 0.0),
    (50.0, 0.0),
    (-80.0, 0.0),
    (80.0, 0.0),
    (0.0, 30.0),
    (0.0, -30.0),
    (35.0, 20.0),
)
"""(yaw, pitch) of the ten views, degrees."""

_SIZE = 192


def look(model: MorphableModel, sculpt: NDArray[np.float64], styled: NDArray[np.float64]) -> dict[str, float]:
    """Likeness of pictures of styled near identities to pictures of the sculpt.

    In each of the ten `DIRECTIONS`, with coverage masks M, M' and normal maps n, n':

        cosine = mean of n · n' over M ∩ M',   IoU = |M ∩ M'| / |M ∪ M'|.

    Normals are one per triangle, views orthographic, framed on the sculpt.

    Parameters
    ----------
    sculpt
        (N, 3) metres.
    styled
        (B, N, 3) styled neutrals of source faces near the pair's, see `near_identities`.

    Returns
    -------
    look_cosine, look_iou
        Means over faces and views.
    """
    center = (sculpt.max(0) + sculpt.min(0)) / 2
    width = 1.15 * float((sculpt.max(0) - sculpt.min(0)).max())
    cosines, overlaps = [], []
    for yaw, pitch in DIRECTIONS:
        view = OrthographicView(yaw, pitch, (center[0], center[1], center[2]), width, _SIZE)
        wanted, mask = normal_map(sculpt, model.triangles, view)
        for face in styled:
            found, covered = normal_map(face, model.triangles, view)
            both = mask & covered
            cosines.append((wanted[both] * found[both]).sum(-1).mean() if both.any() else 0.0)
            overlaps.append(both.sum() / max((mask | covered).sum(), 1))
    return {"look_cosine": float(np.mean(cosines)), "look_iou": float(np.mean(overlaps))}


def near_identities(model: MorphableModel, source: NDArray[np.float64], count: int, seed: int) -> NDArray[np.float64]:
    """(count, N, 3) neutral faces near the source face: identity offsets of a quarter deviation."""
    rng = np.random.default_rng([seed, 1])
    offsets = model.evaluate(0.25 * model.sample_identity(rng, count)) - model.template
    return np.asarray(source, np.float64) + offsets


def random_identities(model: MorphableModel, count: int, seed: int) -> NDArray[np.float64]:
    """(count, N, 3) neutral faces of random people."""
    return model.evaluate(model.sample_identity(np.random.default_rng([seed, 2]), count))
