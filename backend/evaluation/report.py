# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of an evaluation, as JSON and as a table."""

import json
import math
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from backend.files import atomic_write

from .metric_table import METRICS, Metric, verdict

if TYPE_CHECKING:
    from rich.table import Table

TRANSFER = "deformation transfer"
"""Name of the row that relative bars refer to."""


@dataclass(frozen=True)
class ReportRow:
    """What was measured of one method.

    Attributes
    ----------
    metrics
        Values by the keys of the metric functions.
    sliders
        For each expression: cosine, amplitude, leakage excess (% points); see `motion_against_transfer`.
    seconds
        Wall time that the method's own work took (its rig and its neutrals), and the measuring.
    pictures
        PNG bytes of poses by name; for looking only, nothing is measured in them.
    origin
        How the method was made, for example with which preset; may be empty.
    """

    name: str
    metrics: dict[str, float]
    sliders: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True)
class Report:
    """One pair, several methods; one row each."""

    pair: str
    model: str
    seed: int
    counts: dict[str, int]
    rows: tuple[ReportRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: values that were not measured or are not finite become None."""
        transfer = self._transfer()
        rows = []
        for row in self.rows:
            data = asdict(row)
            data.pop("pictures")
            data["metrics"] = {key: _finite(value) for key, value in row.metrics.items()}
            data["sliders"] = {
                name: dict(zip(("cosine", "amplitude", "leakage"), map(_finite, values), strict=True))
                for name, values in row.sliders.items()
            }
            data["bars"] = {m.key: verdict(m, row.metrics, transfer) for m in METRICS}
            rows.append(data)
        return {
            "format": "onesculpt evaluation 1",
            "pair": self.pair,
            "model": self.model,
            "seed": self.seed,
            "counts": self.counts,
            "bars": {m.key: m.bar for m in METRICS},
            "rows": rows,
        }

    def cells(self) -> list[tuple[Metric, list[tuple[str, bool | None]]]]:
        """A line for each metric: for each row the value as text, and whether it clears the bar."""
        transfer = self._transfer()
        return [
            (m, [(m.format(row.metrics.get(m.key)), verdict(m, row.metrics, transfer)) for row in self.rows])
            for m in METRICS
        ]

    def to_table(self) -> "Table":
        """A rich table: a line per metric, a column per method, misses in red."""
        from rich.table import Table

        table = Table(title=f"{self.pair} on {self.model}, seed {self.seed}")
        table.add_column("metric")
        table.add_column("bar")
        for row in self.rows:
            table.add_column(row.name, justify="right")
        styles = {True: "green", False: "red", None: "dim"}
        for metric, cells in self.cells():
            unit = f" [dim]{metric.unit}[/dim]" if metric.unit else ""
            told = [f"[{styles[cleared]}]{text}[/{styles[cleared]}]" for text, cleared in cells]
            table.add_row(metric.label + unit, metric.bar, *told)
        return table

    def write_json(self, path: str | os.PathLike[str]) -> None:
        """Write `to_dict` to a file as indented JSON, atomically."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False)
        with atomic_write(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")

    def _transfer(self) -> dict[str, float]:
        return next((row.metrics for row in self.rows if row.name == TRANSFER), {})


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
