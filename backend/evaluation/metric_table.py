# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of reported metrics: label, unit, and the bar that a method must clear."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]
Bar = Callable[[float, Values], bool]


@dataclass(frozen=True)
class Metric:
    """One column of the report.

    Attributes
    ----------
    key
        Name in the dictionaries that the metric functions return, where its formula stands.
    label, unit
        For people.
    bar
        The bar in words.
    clears
        Takes the value and deformation transfer's metrics; True when the bar is cleared.
    digits
        Decimals to print.
    """

    key: str
    label: str
    unit: str
    bar: str
    clears: Bar
    digits: int = 2


def _at_most(limit: float) -> Bar:
    return lambda value, _: value <= limit


def _at_least(limit: float) -> Bar:
    return lambda value, _: value >= limit


def _share_of_transfer(key: str, share: float) -> Bar:
    return lambda value, transfer: value <= share * transfer.get(key, math.nan) + 1e-9


def _no_less_than_transfer(key: str) -> Bar:
    return lambda value, transfer: value >= transfer.get(key, math.nan) - _TIE


_TIE = 5e-4
"""Differences below this are sampling noise of the look and style metrics."""

METRICS: tuple[Metric, ...] = (
    Metric("fidelity_mm", "sculpt fidelity", "mm", "≤ 0.01", _at_most(0.01), 4),
    Metric("eye_closure", "eye closure", "%", "≤ 0.5", _at_most(0.5)),
    Metric("lid_contact_p95", "lid contact, p95", "%", "≤ 3", _at_most(3.0)),
    Metric("lip_contact_p95", "lip contact, p95", "%", "≤ 3", _at_most(3.0)),
    Metric(
        "penetration",
        "penetration",
        "new pairs a pose",
        "≤ 30 % of deformation transfer's",
        _share_of_transfer("penetration", 0.3),
    ),
    Metric("eyeball_poke_mm2", "eyeball through lid", "mm²", "≤ 1", _at_most(1.0)),
    Metric("teeth_poke_mm2", "teeth through lips", "mm²", "≤ 1", _at_most(1.0)),
    Metric("lining_poke_mm2", "lining through skin", "mm²", "≤ 1", _at_most(1.0)),
    Metric("meaning_cosine_min", "meaning, least cosine", "", "≥ 0.95", _at_least(0.95), 3),
    Metric("amplitude_min", "amplitude, least", "", "≥ 0.8", _at_least(0.8)),
    Metric("amplitude_max", "amplitude, most", "", "≤ 1.25", _at_most(1.25)),
    Metric("leakage_excess_max", "leakage over source", "% points", "≤ 0.1", _at_most(0.1)),
    Metric(
        "style_cosine",
        "style carried",
        "cosine",
        "≥ deformation transfer",
        _no_less_than_transfer("style_cosine"),
        4,
    ),
    Metric("diversity", "diversity kept", "", "≥ 0.95", _at_least(0.95), 3),
    Metric("distance_rank", "identity distances", "Spearman", "≥ 0.95", _at_least(0.95), 3),
    Metric("retrieval", "identity retrieval", "%", "100", _at_least(100.0), 0),
    Metric("roughness_ratio", "roughness ÷ source", "", "≤ 1.2", _at_most(1.2)),
    Metric("flipped", "flipped triangles", "", "0", _at_most(0.0), 0),
    Metric(
        "look_cosine",
        "look, normals",
        "cosine",
        "≥ deformation transfer",
        _no_less_than_transfer("look_cosine"),
        4,
    ),
    Metric(
        "look_iou",
        "look, silhouette",
        "IoU",
        "≥ deformation transfer",
        _no_less_than_transfer("look_iou"),
        4,
    ),
)


def verdict(metric: Metric, values: Values, transfer: Values) -> bool | None:
    """True or False whether the bar is cleared; None when the value was not measured or is NaN."""
    value = values.get(metric.key, math.nan)
    return None if math.isnan(value) else bool(metric.clears(value, transfer))
