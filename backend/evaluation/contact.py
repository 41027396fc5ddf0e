# SPDX-License-Identifier: GPL-3.0-or-later
"""Lid and lip contact: how far touching vertices are from touching as they do on the source."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.rig import Rig

from .contact_pairs import ContactPairs, expression, lid_pairs, lip_pairs

if TYPE_CHECKING:
    from backend.morphable_model import MorphableModel

LIP_POSES: dict[str, dict[str, float]] = {
    "mouthClose+jawOpen": {"mouthClose": 1.0, "jawOpen": 1.0},
    "mouthPress": {"mouthPressLeft": 1.0, "mouthPressRight": 1.0},
    "mouthRoll": {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    "mouthPucker": {"mouthPucker": 1.0},
}
_LIP_HEIGHT = 0.008
_THINNEST = 0.001


def lid_contact(model: "MorphableModel", source: NDArray[np.float64], rig: Rig) -> dict[str, float]:
    """Signed gap along both lid lines at full blink, in % of each pair's neutral opening.

    For a pair (u, l) of `lid_pairs`, with x, s the neutral and x', s' the blinking styled and
    source faces, and d(y) = (y_u − y_l) / |y_u − y_l| the direction in which a face's lids open:

        gap = ((x'_u − x'_l) · d(x) − (s'_u − s'_l) · d(s)) / |x_u − x_l| · 100 %.

    Zero: the styled lids meet exactly as the source's do. Positive: a slit stays open.
    Negative: the lids run over each other further than the source's do.

    Parameters
    ----------
    source
        (N, 3) neutral source face that the rig was made for, metres.

    Returns
    -------
    lid_contact_p95
        95th percentile of |gap|, both eyes together, %.
    lid_contact_open_p95, lid_contact_over_p95
        95th percentiles of max(gap, 0) and of max(−gap, 0), %.
    lid_pairs
        Number of pairs found on this source face.
    """
    gaps = []
    for side in ("Left", "Right"):
        pairs = lid_pairs(model, source, side)
        blink = {f"eyeBlink{side}": 1.0}
        neutral = _offsets(rig.pose({}), pairs)
        opening = np.linalg.norm(neutral, axis=1)
        unit = neutral / np.maximum(opening, 1e-9)[:, None]
        rest = _offsets(source, pairs)
        rest /= np.maximum(np.linalg.norm(rest, axis=1), 1e-9)[:, None]
        styled = (_offsets(rig.pose(blink), pairs) * unit).sum(1)
        wanted = (_offsets(source + expression(model, blink), pairs) * rest).sum(1)
        gaps.append(100.0 * (styled - wanted) / np.maximum(opening, 1e-9))
    gap = np.concatenate(gaps)
    return {
        "lid_contact_p95": _p95(np.abs(gap)),
        "lid_contact_open_p95": _p95(np.maximum(gap, 0.0)),
        "lid_contact_over_p95": _p95(np.maximum(-gap, 0.0)),
        "lid_pairs": float(len(gap)),
    }


def lip_contact(model: "MorphableModel", source: NDArray[np.float64], rig: Rig) -> dict[str, float]:
    """How much worse the lips meet than the source's, in % of the styled lip thickness.

    For a pair (u, l) of `lip_pairs` in a closed pose, with the opening direction d, the
    source's gap g = (s'_u − s'_l) · d and the sculpt's own change of the resting gap
    c = ((x_u − x_l) − (s_u − s_l)) · d, any styled gap between g and g + c is right: the
    lips close as the source's do, or rest where the sculptor left them. What lies outside is
    excess = signed distance to that interval / lip thickness · 100 %.

    Lip thickness: `lip_thickness`. ``source`` (N, 3) metres, as in `lid_contact`.

    Returns
    -------
    lip_contact_p95
        The worst pose's 95th percentile of |excess|, %.
    lip_contact_p95:POSE
        The same for each pose of `LIP_POSES`, %.
    """
    thickness = lip_thickness(model, rig.pose({}))
    worst: dict[str, float] = {}
    for name, weights in LIP_POSES.items():
        pairs = lip_pairs(model, source, weights)
        along = pairs.opening
        posed_source = (_offsets(source + expression(model, weights), pairs) * along).sum(1)
        gap = (_offsets(rig.pose(weights), pairs) * along).sum(1)
        own = ((_offsets(rig.pose({}), pairs) - _offsets(source, pairs)) * along).sum(1)
        low = posed_source + np.minimum(own, 0.0)
        high = posed_source + np.maximum(own, 0.0)
        excess = np.maximum(gap - high, 0.0) + np.maximum(low - gap, 0.0)
        worst[f"lip_contact_p95:{name}"] = _p95(100.0 * excess / thickness)
    return {"lip_contact_p95": max(worst.values()), **worst}


def lip_thickness(model: "MorphableModel", vertices: NDArray[np.floating]) -> float:
    """Mean height of the two lips' red at the middle of the mouth, metres.

    Distances between the landmarks at the outer and inner middle of the upper lip (iBUG 51, 62)
    and of the lower lip (57, 66); 8 mm for a model without landmarks. Never less than 1 mm.
    """
    if model.landmarks is None:
        return _LIP_HEIGHT
    points = np.asarray(vertices, np.float64)[np.asarray(model.landmarks)]
    upper = np.linalg.norm(points[51] - points[62])
    lower = np.linalg.norm(points[57] - points[66])
    return max(float(upper + lower) / 2, _THINNEST)


def _offsets(vertices: NDArray[np.floating], pairs: ContactPairs) -> NDArray[np.float64]:
    return np.asarray(vertices[pairs.upper] - vertices[pairs.lower], np.float64)


def _p95(values: NDArray[np.float64]) -> float:
    return float(np.percentile(values, 95)) if len(values) else float("nan")
