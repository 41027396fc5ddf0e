# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of reported metrics: label, unit, and the bar that a method must clear."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

Values = Mapping[str, float]

_TIE = 5e-4
"""Differences below this are sampling noise of the look and style metrics."""


@dataclass(frozen=True)
class Metric:
    """One column of the report.

    Attributes
    ----------
    key
        Name in the dictionaries that the metric functions return, where its formula stands.
    label, unit
        For people.
    bound
        “≤” where less is better, “≥” where more is.
    limit
        The bar; as a share of deformation transfer's own value where ``relative``.
    digits
        Decimals to print.
    """

    key: str
    label: str
    unit: str
    bound: str
    limit: float
    digits: int = 2
    relative: bool = False

    @property
    def bar(self) -> str:
        """The bar in words."""
        if not self.relative:
            return f"{self.bound} {self.limit:g}"
        share = f"{100 * self.limit:g} % of deformation transfer's"
        return f"{self.bound} {share if self.limit != 1 else 'deformation transfer'}"

    def clears(self, value: float, transfer: Values) -> bool:
        """Whether a value clears the bar, given deformation transfer's metrics."""
        limit = self.limit * transfer.get(self.key, math.nan) if self.relative else self.limit
        if self.bound == "≤":
            return value <= limit + 1e-9 * self.relative
        return value >= limit - _TIE * self.relative

    def format(self, value: float | None) -> str:
        """A value for a table; an en dash for what was not measured."""
        return "–" if value is None or math.isnan(value) else f"{value:.{self.digits}f}"


METRICS: tuple[Metric, ...] = (
    Metric("fidelity_mm", "sculpt fidelity", "mm", "≤", 0.01, 4),
    Metric("eye_closure", "eye closure", "%", "≤", 0.5),
    Metric("lid_contact_p95", "lid contact, p95", "%", "≤", 3.0),
    Metric("lip_contact_p95", "lip contact, p95", "%", "≤", 3.0),
    Metric("penetration", "penetration", "new pairs a pose", "≤", 0.3, relative=True),
    Metric("eyeball_poke_mm2", "eyeball through lid", "mm²", "≤", 1.0),
    Metric("teeth_poke_mm2", "teeth through lips", "mm²", "≤", 1.0),
    Metric("lining_poke_mm2", "lining through skin", "mm²", "≤", 1.0),
    Metric("motion_cosine_min", "motion against pinned transfer, least cosine", "", "≥", 0.95, 3),
    Metric("amplitude_min", "amplitude against pinned transfer, least", "", "≥", 0.8),
    Metric("amplitude_max", "amplitude against pinned transfer, most", "", "≤", 1.25),
    Metric("leakage_excess_max", "leakage over source", "% points", "≤", 0.1),
    Metric("style_cosine", "style carried", "cosine", "≥", 1.0, 4, relative=True),
    Metric("diversity", "diversity kept", "", "≥", 0.95, 3),
    Metric("distance_rank", "identity distances", "Spearman", "≥", 0.95, 3),
    Metric("retrieval", "identity retrieval", "%", "≥", 100.0, 0),
    Metric("roughness_ratio", "roughness ÷ source", "", "≤", 1.2),
    Metric("flipped", "flipped triangles", "", "≤", 0.0, 0),
    Metric("look_cosine", "look, normals", "cosine", "≥", 1.0, 4, relative=True),
    Metric("look_iou", "look, silhouette", "IoU", "≥", 1.0, 4, relative=True),
)


def verdict(metric: Metric, values: Values, transfer: Values) -> bool | None:
    """True or False whether the bar is cleared; None when the value was not measured or is NaN."""
    value = values.get(metric.key, math.nan)
    return None if math.isnan(value) else metric.clears(value, transfer)
