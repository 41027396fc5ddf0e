# SPDX-License-Identifier: GPL-3.0-or-later
"""Lid and lip contact: how far touching vertices are from touching as they do on the source."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.morphable_model import MorphableModel
from backend.rig import Rig

from .contact_pairs import ContactPairs, expression, lid_pairs, lip_pairs

LIP_POSES: dict[str, dict[str, float]] = {
    "mouthClose+jawOpen": {"mouthClose": 1.0, "jawOpen": 1.0},
    "mouthPress": {"mouthPressLeft": 1.0, "mouthPressRight": 1.0},
    "mouthRoll": {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    "mouthPucker": {"mouthPucker": 1.0},
}
_LIP_HEIGHT = 0.008
_THINNEST = 0.001


def lid_contact(model: MorphableModel, source: NDArray[np.float64], rig: Rig) -> dict[str, float]:
    """Signed gap along both lid lines at full blink, in % of each pair's neutral opening.

    For a pair (u, l) of `lid_pairs`, let o_x = x_u − x_l and o_s = s_u − s_l be the neutral
    openings of the styled and of the source face, d_x, d_s the unit vectors along them,
    k = |o_x| / |o_s|, and x', s' the blinking faces. On the source the lids meet with the offset
    m = s'_u − s'_l of at most 2 mm. Styled lids may keep it in space or turn it with the opening,
    and keep its length or scale it by k: any G = (x'_u − x'_l) · d_x in the hull of m · d_x,
    m · d_s, k m · d_x and k m · d_s is right. What lies outside is

        gap = signed distance of G from that interval / |o_x| · 100 %.

    Zero: the styled lids meet as the source's do. Positive: a slit stays open. Negative: the lids
    run over each other further than the source's do.

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
        opening = np.maximum(np.linalg.norm(neutral, axis=1), 1e-9)
        unit = neutral / opening[:, None]
        meeting = _offsets(source + expression(model, blink), pairs)
        kept, turned = (meeting * unit).sum(1), (meeting * pairs.opening).sum(1)
        scale = opening / np.linalg.norm(_offsets(source, pairs), axis=1)
        found = (_offsets(rig.pose(blink), pairs) * unit).sum(1)
        gaps.append(100.0 * _outside(found, kept, turned, scale * kept, scale * turned) / opening)
    gap = np.concatenate(gaps)
    return {
        "lid_contact_p95": _p95(np.abs(gap)),
        "lid_contact_open_p95": _p95(np.maximum(gap, 0.0)),
        "lid_contact_over_p95": _p95(np.maximum(-gap, 0.0)),
        "lid_pairs": float(len(gap)),
    }


def lip_contact(model: MorphableModel, source: NDArray[np.float64], rig: Rig) -> dict[str, float]:
    """How much worse the lips meet than the source's, in % of the styled lip thickness.

    For a pair (u, l) of `lip_pairs` in a closed pose, let d be the source's opening direction and
    R d the same turned about the forward axis with the line of the mouth's corners, k the ratio
    of styled to source lip thickness, g = (s'_u − s'_l) · d the source's gap in the pose, and
    r_s = (s_u − s_l) · d and r_x = (x_u − x_l) · R d the resting gaps. Any styled gap
    G = (x'_u − x'_l) · R d in the hull of g, k g and g + r_x − r_s is right: the lips close as the
    source's do, as they would in this size, or rest where the sculptor left them. What lies
    outside is excess = distance to that interval / styled lip thickness · 100 %.

    Lip thickness: `lip_thickness`. ``source`` (N, 3) metres, as in `lid_contact`.

    Returns
    -------
    lip_contact_p95
        The worst pose's 95th percentile of |excess|, %.
    lip_contact_p95:POSE
        The same for each pose of `LIP_POSES`, %.
    """
    thickness = lip_thickness(model, rig.pose({}))
    scale = thickness / lip_thickness(model, source)
    rest = rig.pose({})
    roll = _mouth_roll(model, source, rest)
    worst: dict[str, float] = {}
    for name, weights in LIP_POSES.items():
        pairs = lip_pairs(model, source, weights)
        along = pairs.opening
        turned = along @ roll.T
        met = (_offsets(source + expression(model, weights), pairs) * along).sum(1)
        sculpted = (_offsets(rest, pairs) * turned).sum(1) - (_offsets(source, pairs) * along).sum(1)
        gap = (_offsets(rig.pose(weights), pairs) * turned).sum(1)
        excess = np.abs(_outside(gap, met, scale * met, met + sculpted))
        worst[f"lip_contact_p95:{name}"] = _p95(100.0 * excess / thickness)
    return {"lip_contact_p95": max(worst.values()), **worst}


def lip_thickness(model: MorphableModel, vertices: NDArray[np.floating]) -> float:
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


def _outside(values: NDArray[np.float64], *ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signed distance of each value from the hull of the ``ends``, zero inside."""
    low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    return np.maximum(values - high, 0.0) - np.maximum(low - values, 0.0)


def _mouth_roll(model: MorphableModel, source: NDArray[np.float64], styled: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) turn about +Z of the line of mouth corners (iBUG 48, 54) from source to styled face."""
    if model.landmarks is None:
        return np.eye(3)
    corners = np.asarray(model.landmarks)[[48, 54]]
    before, after = (np.diff(vertices[corners], axis=0)[0] for vertices in (source, styled))
    angle = np.arctan2(after[1], after[0]) - np.arctan2(before[1], before[0])
    return Rotation.from_rotvec([0.0, 0.0, angle]).as_matrix()


def _p95(values: NDArray[np.float64]) -> float:
    return float(np.percentile(values, 95)) if len(values) else float("nan")
