# SPDX-License-Identifier: GPL-3.0-or-later
"""Identity kept: are different people still different, and the same ones, after styling."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist
from scipy.stats import rankdata

from backend.morphable_model import MorphableModel

from .style_carried import sculptable_vertices


def identity_kept(
    model: MorphableModel, identities: NDArray[np.float64], styled: NDArray[np.float64]
) -> dict[str, float]:
    """What styling does to the distances between people.

    The distance of two faces is the RMS distance of corresponding sculptable vertices; s_ij
    between source faces, t_ij between styled ones.

    Parameters
    ----------
    identities, styled
        (B, N, 3) neutral source faces and what the method makes of them, B ≥ 3.

    Returns
    -------
    diversity
        Σ_{i<j} t_ij / Σ_{i<j} s_ij: 1 keeps the spread of a population, 0 makes all one face.
    distance_rank
        Spearman's rank correlation of the t_ij with the s_ij.
    retrieval
        % of styled faces whose offset from the mean styled face is nearest (of all source
        faces' offsets from the mean source face) to that of the same person.
    """
    vertices = sculptable_vertices(model)
    source = np.asarray(identities)[:, vertices].reshape(len(identities), -1)
    made = np.asarray(styled)[:, vertices].reshape(len(styled), -1)
    before, after = pdist(source), pdist(made)
    # A method that makes every face the same has no order of distances to compare.
    ordered = np.ptp(after) > 1e-9 * max(float(after.max()), 1e-30)
    rank = float(np.corrcoef(rankdata(before), rankdata(after))[0, 1]) if ordered else 0.0
    found = cdist(made - made.mean(0), source - source.mean(0)).argmin(1)
    return {
        "diversity": float(after.sum() / max(before.sum(), 1e-30)),
        "distance_rank": rank,
        "retrieval": 100.0 * float((found == np.arange(len(found))).mean()),
    }
