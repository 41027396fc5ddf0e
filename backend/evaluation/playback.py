# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as it plays: its expressions, and the correctives that they drive."""

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig


def played(rig: Rig, poses: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All keys of a rig and their values: (E + C, N, 3) offsets in metres and (P, E + C) values.

    A face in pose p is its neutral plus Σ_k values[p, k] · offsets[k]; the first E keys are the
    expressions, in the order of the poses, the others the rig's C correctives by their formulas.

    Parameters
    ----------
    poses
        (P, E) slider values.
    """
    deltas = np.asarray(rig.deltas, np.float64)
    if not rig.correctives:
        return deltas, poses
    weights = [dict(zip(rig.names, pose, strict=True)) for pose in poses]
    driven = np.array([[key.value(weight) for key in rig.correctives] for weight in weights])
    keys = np.stack([key.deltas for key in rig.correctives]).astype(np.float64)
    return np.concatenate([deltas, keys]), np.concatenate([poses, driven], axis=1)
