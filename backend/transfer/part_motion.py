# SPDX-License-Identifier: GPL-3.0-or-later
"""How eyeballs, teeth and tongue move with an expression on a face of another shape."""

import numpy as np
from numpy.typing import NDArray

from ..mesh.polar import nearest_rotations
from ..mesh.similarity import affine_fit, similarity_fit

Array = NDArray[np.float64]


def transfer_part_motion(
    source: Array, source_posed: Array, target: Array, source_pivot: Array, target_pivot: Array
) -> Array:
    """Move an inner part of the target face as the same part moves in the source face.

    The source motion is split into the best affine map about the part's pivot (eye centre, jaw
    joint), the rest of its translation, and a remainder. The affine map is conjugated by the map
    A from the source part to the target part, so that an eyeball that a sculptor flattened
    turns within its own surface instead of poking through the lid. The translation d grows or shrinks by
    |A d| / |d|, but no further than by the larger of 1 and det(A)^(1/3).

    Parameters
    ----------
    source, source_posed, target
        (P, 3) part vertices, metres.
    source_pivot, target_pivot
        (3,) the pivot in each face, metres.

    Returns
    -------
    (P, 3) posed target part, metres.
    """
    if np.abs(source_posed - source).max() < 1e-9:
        return target.copy()
    shape = affine_fit(source, target)
    inverse = np.linalg.inv(shape)
    motion = similarity_fit(source, source_posed).matrix
    rotation = nearest_rotations(motion[None])[0]
    source_centre, target_centre = source.mean(0), target.mean(0)
    drift = source_posed.mean(0) - (source_pivot + rotation @ (source_centre - source_pivot))
    remainder = (source_posed - source_posed.mean(0)) - (source - source_centre) @ motion.T
    # As far as the part is longer that way, but a part that is long and thin goes no further than one of its size.
    along = np.linalg.norm(shape @ drift) / max(np.linalg.norm(drift), 1e-12)
    along = min(along, max(np.cbrt(abs(np.linalg.det(shape))), 1.0))
    centre = target_pivot + rotation @ (target_centre - target_pivot) + along * drift
    return centre + (target - target_centre) @ (shape @ motion @ inverse).T + remainder @ shape.T
