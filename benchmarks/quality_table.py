# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of quality.json: ``python benchmarks/quality_table.py [--update]``.

Prints what README.md and docs/quality.md quote; with --update it writes it there, between marks such as
``<!-- quality:summary -->`` and ``<!-- /quality -->``.
"""

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.evaluation.metric_table import METRICS, Metric
from backend.evaluation.report import format_value

QUALITY = Path(__file__).with_name("quality.json")
QUOTING = tuple(Path(__file__).parents[1] / name for name in ("README.md", "docs/quality.md"))
"""Files with marks."""
_MARKED = re.compile(r"(<!-- quality:([^\n]*?) -->\n).*?(<!-- /quality -->)", re.DOTALL)
METHODS = ("ours", "deformation transfer", "delta transfer")
"""Columns of the summary, in this order."""


def read_quality(path: Path = QUALITY) -> dict[str, Any]:
    """The figures of the last run."""
    return json.loads(path.read_text(encoding="utf-8"))


def summary(quality: dict[str, Any]) -> str:
    """Markdown: for each metric the worst pair of ours, and how many pairs clear the bar by each method."""
    pairs = quality["pairs"]
    lines = [
        f"| metric | bar | ours, worst of {len(pairs)} | " + " | ".join(METHODS) + " |",
        "|---|---|---|" + "---|" * len(METHODS),
    ]
    for metric in METRICS:
        found = {
            name: pair["methods"]["ours"]["metrics"][metric.key]
            for name, pair in pairs.items()
            if "ours" in pair["methods"]
        }
        name, value = worst(metric, found)
        cells = [f"{format_value(value, metric.digits)} ({name})"]
        for method in METHODS:
            rows = [pair["methods"][method] for pair in pairs.values() if method in pair["methods"]]
            cells.append(f"{sum(metric.key not in row['failed'] for row in rows)} of {len(rows)}")
        lines.append(f"| {_label(metric)} | {metric.bar} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ablation(quality: dict[str, Any], name: str) -> str:
    """Markdown: every metric of every method on one pair; figures that miss their bar in bold."""
    rows = quality["pairs"][name]["methods"]
    lines = ["| metric | bar | " + " | ".join(rows) + " |", "|---|---|" + "---|" * len(rows)]
    for metric in METRICS:
        cells = []
        for row in rows.values():
            value = row["metrics"][metric.key]
            text = format_value(math.nan if value is None else value, metric.digits)
            cells.append(f"**{text}**" if metric.key in row["failed"] else text)
        lines.append(f"| {_label(metric)} | {metric.bar} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def worst(metric: Metric, values: dict[str, float | None]) -> tuple[str, float]:
    """The pair on which a method does worst, and the value there."""
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return "–", math.nan
    pick = min if metric.bar.startswith(("≥", "100")) else max
    name = pick(known, key=lambda key: known[key])
    return name, known[name]


def run_line(quality: dict[str, Any]) -> str:
    """Markdown: which run the figures come from."""
    pairs = quality["pairs"].values()
    kinds = {kind: sum(pair["kind"] == kind for pair in pairs) for kind in ("bundled", "real", "extreme")}
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    steps = f", {quality['steps']} steps" if quality["steps"] else ""
    return (
        f"`{quality['command']}`, {quality['date']}, preset {quality['preset']}{steps}, seed {quality['seed']}, "
        f"{len(pairs)} pairs ({told}); {quality['machine'].rpartition(', load')[0] or quality['machine']}."
    )


def quoted(text: str, quality: dict[str, Any]) -> str:
    """``text`` with what stands between its marks replaced by the figures of ``quality``."""

    def fill(found: re.Match[str]) -> str:
        wanted, _, name = found[2].partition(" ")
        made = {
            "summary": lambda: summary(quality),
            "run": lambda: run_line(quality),
            "ablation": lambda: ablation(quality, name),
        }[wanted]()
        return f"{found[1]}\n{made}\n\n{found[3]}"

    return _MARKED.sub(fill, text)


def _label(metric: Metric) -> str:
    return f"{metric.label}, {metric.unit}" if metric.unit else metric.label


def main() -> None:
    """Print the summary and the table of every pair with more than the usual rows, or update the files."""
    quality = read_quality()
    if "--update" in sys.argv[1:]:
        for path in QUOTING:
            path.write_text(quoted(path.read_text(encoding="utf-8"), quality), encoding="utf-8")
        return
    print(f"{run_line(quality)}\n")
    print(summary(quality))
    for name, pair in quality["pairs"].items():
        if len(pair["methods"]) > len(METHODS):
            print(f"\n{name}\n\n{ablation(quality, name)}")


if __name__ == "__main__":
    main()
